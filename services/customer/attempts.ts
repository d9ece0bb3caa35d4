/** Counts attempts in windows of a minute. A window begins with its first attempt. Pure. */
const WINDOW_MS = 60_000
/** Some 10 MB. Only who can attempt that much within a minute makes an older window forgotten. */
const MAX_WINDOWS = 100_000

interface Window {
  count: number
  endsAt: number
}

export class Attempts {
  /** In the order in which they end. */
  private readonly windows = new Map<string, Window>()
  private readonly limitPerMinute: number

  /** @param limitPerMinute 0: no limit */
  constructor(limitPerMinute: number) {
    this.limitPerMinute = limitPerMinute
  }

  /** Counts one attempt; the milliseconds until the next is allowed, 0 when this one is. */
  count(key: string, nowMs: number): number {
    if (this.limitPerMinute === 0) return 0
    this.forget(nowMs)
    const window = this.windows.get(key)
    if (!window) {
      this.windows.set(key, { count: 1, endsAt: nowMs + WINDOW_MS })
      return 0
    }
    window.count += 1
    return window.count > this.limitPerMinute ? window.endsAt - nowMs : 0
  }

  private forget(nowMs: number): void {
    for (const [key, { endsAt }] of this.windows) {
      if (endsAt > nowMs && this.windows.size < MAX_WINDOWS) return
      this.windows.delete(key)
    }
  }
}
