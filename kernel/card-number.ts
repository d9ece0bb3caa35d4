/** Finds card numbers, so that a payment which carries one is refused and none is ever stored. */

const MIN_DIGITS = 13
const MAX_DIGITS = 19

/** Groups of digits with nothing but spaces and dashes between them. */
const DIGIT_GROUPS = /\d+(?:[\s\p{Pd}]+\d+)*/gu

/**
 * True when a string, number or key anywhere in a JSON value holds 13 to 19 digits that pass the
 * Luhn check (ISO/IEC 7812-1). Spaces and dashes between digits do not hide them; nor do digits
 * before or after, like an expiry date, as long as a space or dash sets them apart.
 */
export function containsCardNumber(value: unknown): boolean {
  // A stack of its own: depth costs no call frames.
  const waiting = [value]
  while (waiting.length > 0) {
    const next = waiting.pop()
    if (typeof next === 'string') {
      if (textHoldsCardNumber(next)) return true
    } else if (typeof next === 'number') {
      if (numberHoldsCardNumber(next)) return true
    } else if (typeof next === 'object' && next !== null) {
      for (const [key, member] of Object.entries(next)) waiting.push(key, member)
    }
  }
  return false
}

function textHoldsCardNumber(text: string): boolean {
  for (const [run] of text.matchAll(DIGIT_GROUPS)) {
    if (runHoldsCardNumber(run.split(/\D+/))) return true
  }
  return false
}

/** Tries every sequence of whole groups; linear in the digits, for the text is an attacker's. */
function runHoldsCardNumber(groups: readonly string[]): boolean {
  // The weights of all digits so far, with the even or the odd positions doubled: what a sequence
  // weighs is the difference of two.
  const sums: [number[], number[]] = [[0], [0]]
  const starts: number[] = []
  let end = 0
  for (const group of groups) {
    starts.push(end)
    for (const char of group) {
      const digit = Number(char)
      const doubled = digit > 4 ? digit * 2 - 9 : digit * 2
      sums[0].push(sums[0][end]! + (end % 2 === 0 ? doubled : digit))
      sums[1].push(sums[1][end]! + (end % 2 === 1 ? doubled : digit))
      end += 1
    }
    // Luhn leaves the last digit as it is and doubles the one before it.
    const sum = sums[end % 2 === 0 ? 0 : 1]
    for (let i = starts.length - 1; i >= 0 && end - starts[i]! <= MAX_DIGITS; i -= 1) {
      const start = starts[i]!
      if (end - start >= MIN_DIGITS && (sum[end]! - sum[start]!) % 10 === 0) return true
    }
  }
  return false
}

/** Above 2^53 the digits that were sent are lost to rounding, so they cannot be acquitted. */
function numberHoldsCardNumber(value: number): boolean {
  const size = Math.abs(value)
  if (size > Number.MAX_SAFE_INTEGER) return size < 10 ** MAX_DIGITS
  return textHoldsCardNumber(String(value))
}
