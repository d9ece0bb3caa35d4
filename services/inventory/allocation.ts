/** Which warehouse gives how many pieces of each line. Pure. */
import type { Allocation } from './inventory.contract.ts'

export interface Level {
  warehouseId: string
  productId: string
  available: number
}

export interface Line {
  productId: string
  quantity: number
}

export interface Shortage {
  productId: string
  requested: number
  available: number
}

/**
 * All lines from the first warehouse, by name, that has them all, so that the order ships once;
 * else each line from the warehouses that have most of it.
 *
 * @param levels what is available, for every product of `lines`, in the warehouses allowed
 * @param lines one line a product
 */
export function allocate(
  levels: readonly Level[],
  lines: readonly Line[],
): { allocations: Allocation[] } | { shortages: Shortage[] } {
  const shortages = lines.flatMap(({ productId, quantity }) => {
    const available = levels
      .filter((level) => level.productId === productId)
      .reduce((total, level) => total + level.available, 0)
    return available < quantity ? [{ productId, requested: quantity, available }] : []
  })
  if (shortages.length > 0) return { shortages }
  const whole = warehouseWithAll(levels, lines)
  if (whole) return { allocations: [{ warehouseId: whole, items: [...lines] }] }
  return { allocations: split(levels, lines) }
}

function warehouseWithAll(levels: readonly Level[], lines: readonly Line[]): string | undefined {
  const wanted = new Map(lines.map(({ productId, quantity }) => [productId, quantity]))
  const served = new Map<string, number>()
  for (const { warehouseId, productId, available } of levels) {
    if (available < (wanted.get(productId) ?? Number.POSITIVE_INFINITY)) continue
    served.set(warehouseId, (served.get(warehouseId) ?? 0) + 1)
  }
  return [...served.keys()].sort().find((name) => served.get(name) === lines.length)
}

function split(levels: readonly Level[], lines: readonly Line[]): Allocation[] {
  const parts = new Map<string, Line[]>()
  for (const { productId, quantity } of lines) {
    let wanted = quantity
    const sources = levels
      .filter((level) => level.productId === productId && level.available > 0)
      .sort((a, b) => b.available - a.available || (a.warehouseId < b.warehouseId ? -1 : 1))
    for (const { warehouseId, available } of sources) {
      if (wanted === 0) break
      const taken = Math.min(wanted, available)
      const part = parts.get(warehouseId) ?? []
      part.push({ productId, quantity: taken })
      parts.set(warehouseId, part)
      wanted -= taken
    }
  }
  return [...parts].map(([warehouseId, items]) => ({ warehouseId, items }))
}
