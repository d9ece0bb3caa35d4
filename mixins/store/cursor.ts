/** Opaque page cursors: the sort values of a page's last document. */
import { validationFailed } from '../../kernel/errors.ts'
import type { Scalar } from './store.ts'

export function encodeCursor(values: readonly Scalar[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url')
}

/** What `encodeCursor` was given, if it was: a client can send anything. Undefined: not JSON. */
export function readCursor(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
}

/**
 * The values that `encodeCursor` was given.
 * @throws Refusal `validation_failed`: it is not a cursor of values of these kinds
 */
export function decodeCursor(cursor: string, kinds: readonly ('string' | 'number')[]): Scalar[] {
  const values = readCursor(cursor)
  const fits =
    Array.isArray(values) &&
    values.length === kinds.length &&
    values.every((value, index) => typeof value === kinds[index])
  if (!fits) throw validationFailed('cursor is not one that a page gave')
  return values
}
