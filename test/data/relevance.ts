/** How good a ranking is, by graded products: NDCG with gain 2^grade - 1 over the first ten. */

export interface Relevance {
  /** What is not graded counts as irrelevant. */
  ndcg: number
  /** The same of the graded results alone, as if the others were not there. */
  condensed: number
  /** The share of the first ten that is graded. */
  judged: number
}

const DEPTH = 10

/** `ids` are the results from the first on, deep enough to hold ten graded ones. */
export function relevanceOf(
  ids: readonly string[],
  grades: ReadonlyMap<string, number>,
): Relevance {
  const ideal = gain([...grades.values()].sort((a, b) => b - a))
  const graded = ids.filter((id) => grades.has(id))
  return {
    ndcg: gain(ids.map((id) => grades.get(id) ?? 0)) / ideal,
    condensed: gain(graded.map((id) => grades.get(id)!)) / ideal,
    judged: ids.slice(0, DEPTH).filter((id) => grades.has(id)).length / DEPTH,
  }
}

function gain(grades: readonly number[]): number {
  return grades
    .slice(0, DEPTH)
    .reduce((sum, grade, at) => sum + (2 ** grade - 1) / Math.log2(at + 2), 0)
}

export function meanRelevance(values: readonly Relevance[]): Relevance {
  const mean = (of: (value: Relevance) => number) =>
    values.reduce((sum, value) => sum + of(value), 0) / values.length
  return {
    ndcg: mean((value) => value.ndcg),
    condensed: mean((value) => value.condensed),
    judged: mean((value) => value.judged),
  }
}
