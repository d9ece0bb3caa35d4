/** Which terms a misspelled word may stand for. */
import { signature, type Vocabulary } from './search.vocabulary.ts'

export interface Candidate {
  term: number
  /** Edits apart: 1 or 2. */
  distance: number
}

/** Shorter terms are too close to everything. */
const MIN_CHARS = 3

/** Edits that a word of `length` letters may bear: a short word is too close to too many others. */
export function editsAllowed(length: number): number {
  if (length < 4) return 0
  return length < 7 ? 1 : 2
}

/**
 * The terms within the edits allowed of any of `forms` (the word as typed and without its plural).
 * Looks at every term of about that length, at most of them only for its letters.
 */
export function candidates(
  vocabulary: Vocabulary,
  forms: readonly string[],
  maxDistance: number,
): Candidate[] {
  const found = new Map<number, number>()
  if (maxDistance > 0) {
    for (const form of new Set(forms)) scan(vocabulary, form, maxDistance, found)
  }
  return [...found].map(([term, distance]) => ({ term, distance }))
}

function scan(
  vocabulary: Vocabulary,
  form: string,
  maxDistance: number,
  found: Map<number, number>,
): void {
  const { words, frequencies, signatures } = vocabulary
  const letters = signature(form)
  if (letters === 0 || form.length + maxDistance > MAX_CHARS) return
  const minLength = Math.max(MIN_CHARS, form.length - maxDistance)
  for (let length = minLength; length <= form.length + maxDistance; length += 1) {
    for (const term of vocabulary.ofLength(length)) {
      // An edit changes at most two letters of the set.
      if (bitCount(letters ^ signatures[term]!) > 2 * maxDistance) continue
      if (frequencies[term] === 0) continue
      const distance = editDistance(form, words[term]!, maxDistance)
      if (distance <= maxDistance) found.set(term, Math.min(distance, found.get(term) ?? distance))
    }
  }
}

function bitCount(bits: number): number {
  let count = bits - ((bits >>> 1) & 0x55555555)
  count = (count & 0x33333333) + ((count >>> 2) & 0x33333333)
  return (((count + (count >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24
}

// Two words are compared at a time; their rows of the distance table are kept from pair to pair.
const MAX_CHARS = 40
let beforeLast = new Uint8Array(MAX_CHARS + 1)
let last = new Uint8Array(MAX_CHARS + 1)
let current = new Uint8Array(MAX_CHARS + 1)

/**
 * Insertions, deletions, substitutions and swaps of neighbours between two words (optimal string
 * alignment); more than `limit` once it is certain to be more. Words of at most 40 characters.
 */
export function editDistance(from: string, to: string, limit: number): number {
  for (let column = 0; column <= to.length; column += 1) last[column] = column
  let previous = -1
  for (let row = 1; row <= from.length; row += 1) {
    const code = from.charCodeAt(row - 1)
    const least = fillRow(row, code, previous, to)
    if (least > limit) return limit + 1
    previous = code
    const free = beforeLast
    beforeLast = last
    last = current
    current = free
  }
  return last[to.length]!
}

function fillRow(row: number, code: number, previous: number, to: string): number {
  let least = row
  let left = row
  let leftCode = -1
  current[0] = row
  for (let column = 1; column <= to.length; column += 1) {
    const theirs = to.charCodeAt(column - 1)
    let cost = last[column - 1]! + (code === theirs ? 0 : 1)
    if (last[column]! < cost) cost = last[column]! + 1
    if (left < cost) cost = left + 1
    if (code === leftCode && previous === theirs && beforeLast[column - 2]! < cost) {
      cost = beforeLast[column - 2]! + 1
    }
    current[column] = cost
    if (cost < least) least = cost
    left = cost
    leftCode = theirs
  }
  return least
}
