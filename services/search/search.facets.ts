/** Facets: how a result is spread over categories, brands and prices. */

export interface ValueCount {
  value: string
  count: number
}

/** Products that cost `from` to `to`, both inclusive, in minor units. */
export interface PriceCount {
  from: number
  to: number
  count: number
}

export interface Facets {
  /** At most 50, the most frequent first. */
  categoryId: ValueCount[]
  brand: ValueCount[]
  /** At most 5 ranges without gaps; their counts add up to the total. */
  price: PriceCount[]
}

const MAX_VALUES = 50
const MAX_RANGES = 5

/** Where a price range may begin: round amounts, about equally far apart in proportion. */
const STEPS: readonly number[] = [
  0,
  ...Array.from({ length: 10 }, (_, decade) =>
    [1, 1.5, 2, 3, 5, 7].map((digit) => digit * 10 ** (decade + 1)),
  ).flat(),
]
export const PRICE_STEPS = STEPS.length

/** The number of the last step that is not above `amount`. */
export function priceStep(amount: number): number {
  let low = 0
  let high = STEPS.length
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (STEPS[middle]! <= amount) low = middle
    else high = middle
  }
  return low
}

/** The values that occur, by falling count, then by name. `counts[n]` is of `values[n]`. */
export function valueCounts(values: readonly string[], counts: Int32Array): ValueCount[] {
  const found: ValueCount[] = []
  for (let ordinal = 0; ordinal < values.length; ordinal += 1) {
    const value = values[ordinal]!
    // A product without a brand has no brand to count.
    if (counts[ordinal]! > 0 && value !== '') found.push({ value, count: counts[ordinal]! })
  }
  found.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
  return found.slice(0, MAX_VALUES)
}

/** Neighbouring steps joined, the emptiest first, until few are left and none is empty. */
export function priceCounts(counts: Int32Array): PriceCount[] {
  const ranges: PriceCount[] = []
  counts.forEach((count, step) => {
    if (count === 0 && ranges.length === 0) return
    const to = step + 1 < STEPS.length ? STEPS[step + 1]! - 1 : Number.MAX_SAFE_INTEGER
    ranges.push({ from: STEPS[step]!, to, count })
  })
  while (ranges.at(-1)?.count === 0) ranges.pop()
  while (ranges.length > MAX_RANGES || ranges.some((range) => range.count === 0)) {
    joinEmptiest(ranges)
  }
  return ranges
}

function joinEmptiest(ranges: PriceCount[]): void {
  const joint = (at: number) => ranges[at]!.count + ranges[at + 1]!.count
  let emptiest = 0
  for (let at = 1; at + 1 < ranges.length; at += 1) {
    if (joint(at) < joint(emptiest)) emptiest = at
  }
  const count = joint(emptiest)
  const [left, right] = ranges.splice(emptiest, 2)
  ranges.splice(emptiest, 0, { from: left!.from, to: right!.to, count })
}
