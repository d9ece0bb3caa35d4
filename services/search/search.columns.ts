/** Columns: typed arrays that grow, one cell per product or term. */

type TypedColumn = Uint8Array | Int32Array | Float64Array

/** `column` itself, or a copy with room for `length` cells and some more. */
export function roomFor<C extends TypedColumn>(column: C, length: number): C {
  if (length <= column.length) return column
  const make = column.constructor as new (length: number) => C
  const larger = new make(Math.max(length, 64, Math.ceil(column.length * 1.25)))
  larger.set(column)
  return larger
}

/** A copy that does not keep alive the longer string that `text` may be a slice of. */
export function ownString(text: string): string {
  return text.length < 13 ? text : text.split('').join('')
}

/** Numbers distinct strings from 0 on. */
export class Dictionary {
  readonly values: string[] = []
  private readonly ordinals = new Map<string, number>()

  ordinal(value: string): number {
    let ordinal = this.ordinals.get(value)
    if (ordinal === undefined) {
      ordinal = this.values.length
      this.values.push(value)
      this.ordinals.set(value, ordinal)
    }
    return ordinal
  }

  find(value: string): number | undefined {
    return this.ordinals.get(value)
  }
}
