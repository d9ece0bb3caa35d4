/** What a word that no product bears, or hardly one, was meant to be. */
import { IMPACT_BITS, MAX_IMPACT, type Postings } from './search.postings.ts'
import { candidates, editsAllowed } from './search.spelling.ts'
import type { Vocabulary } from './search.vocabulary.ts'

// In doublings of how much the products are about the term; see docs/decisions/0004.
const EDIT_PENALTY = 6
const FIRST_LETTER_BONUS = 2
const CONTEXT_FACTOR = 2

/**
 * The likeliest other term within a few edits of the word: near, prominent in many products, and
 * in those that bear the `context`, the terms of the query's other words. `forms[0]` is the word as
 * typed.
 */
export function correction(
  forms: readonly string[],
  context: readonly number[],
  { vocabulary, postings }: { vocabulary: Vocabulary; postings: Postings },
): number | undefined {
  const typed = forms[0]!
  let best: number | undefined
  let bestScore = Number.NEGATIVE_INFINITY
  for (const { term, distance } of candidates(vocabulary, forms, editsAllowed(typed.length))) {
    if (distance === 0) continue
    let together = 0
    for (const other of context) together += meetings(term, other, postings)
    const sameStart = vocabulary.words[term]![0] === typed[0]
    const score =
      Math.log2(1 + prominence(term, postings)) +
      CONTEXT_FACTOR * Math.log2(1 + together) +
      (sameStart ? FIRST_LETTER_BONUS : 0) -
      EDIT_PENALTY * distance
    if (score <= bestScore) continue
    best = term
    bestScore = score
  }
  return best
}

/** The products that bear the term, each counted by how much it is about it. */
function prominence(term: number, { pairs, starts, counts }: Postings): number {
  const from = 2 * starts[term]!
  const to = from + 2 * counts[term]!
  let impacts = 0
  for (let pair = from; pair < to; pair += 2) impacts += pairs[pair + 1]! & MAX_IMPACT
  return impacts / MAX_IMPACT
}

/** How many products bear both terms, or where `adjacent`, have `right` right behind `left`. */
export function meetings(
  left: number,
  right: number,
  { pairs, starts, counts }: Postings,
  adjacent?: 'adjacent',
): number {
  const [short, long] = counts[left]! < counts[right]! ? [left, right] : [right, left]
  const shortEnd = 2 * (starts[short]! + counts[short]!)
  const longEnd = starts[long]! + counts[long]!
  let other = starts[long]!
  let count = 0
  for (let at = 2 * starts[short]!; at < shortEnd && other < longEnd; at += 2) {
    const document = pairs[at]!
    other = seek(pairs, document, other, longEnd)
    if (other === longEnd || pairs[2 * other] !== document) continue
    const places = pairs[at + 1]! >>> IMPACT_BITS
    const otherPlaces = pairs[2 * other + 1]! >>> IMPACT_BITS
    const beside = short === left ? (places << 1) & otherPlaces : (otherPlaces << 1) & places
    if (!adjacent || beside !== 0) count += 1
  }
  return count
}

/** The first pair from `from` on that is of `document` or one behind, found in growing strides. */
function seek(pairs: Int32Array, document: number, from: number, end: number): number {
  let stride = 1
  let low = from
  while (low + stride < end && pairs[2 * (low + stride)]! < document) {
    low += stride
    stride *= 2
  }
  let high = Math.min(low + stride, end)
  while (low < high) {
    const middle = (low + high) >>> 1
    if (pairs[2 * middle]! < document) low = middle + 1
    else high = middle
  }
  return low
}
