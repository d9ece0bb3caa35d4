/**
 * What is asked for most, counted in bounded memory: when there are too many keys, all counts are
 * halved and those at 0 forgotten, so that what was popular once fades.
 */
const MAX_KEYS = 10_000

export class Popularity {
  private counts = new Map<string, number>()

  count(key: string): void {
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1)
    if (this.counts.size > MAX_KEYS) this.fade()
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
