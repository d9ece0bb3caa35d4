/**
 * What is asked for most, counted in bounded memory: when there are too many keys, all counts are
 * halved and those at 0 forgotten, so that what was popular once fades.
 */
const MAX_KEYS = 10_000

export class Popularity {
  private counts = new Map<string, number>()

  /** How often it was asked for lately, this time included. */
  count(key: string): number {
    const count = (this.counts.get(key) ?? 0) + 1
    this.counts.set(key, count)
    if (this.counts.size > MAX_KEYS) this.fade()
    return count
  }

  /** At most `limit` keys, the most popular first. */
  top(limit: number): string[] {
    const ranked = [...this.counts].sort((a, b) => b[1] - a[1])
    return ranked.slice(0, limit).map(([key]) => key)
  }

  private fade(): void {
    const halved = [...this.counts].map(([key, count]): [string, number] => [key, count >> 1])
    this.counts = new Map(halved.filter(([, count]) => count > 0))
  }
}
