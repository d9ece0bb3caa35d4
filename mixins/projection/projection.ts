/**
 * Follows a change feed into memory. The feed is the truth: a nudge only makes the next look come
 * sooner. Changes may appear a little behind the position that was read last (writers' clocks
 * differ and commits take time), so each look begins a window before the one before it began;
 * applying must be idempotent.
 */
import { type Clock, repeat, sleep } from '../../kernel/clock.ts'

const POLL_MS = 1_000
/** After so long, ms, requests get their turn. */
const SLICE_MS = 10
const PAGE = 200

export interface Position {
  at: number
  id: string
}

export interface ProjectionOptions<T> {
  clock: Clock
  /** How long after its time a change may still appear in the feed, ms. */
  windowMs: number
  /** Changes behind `after`, oldest first, and the position of the last one. */
  read(after: Position | undefined, limit: number): Promise<{ changes: T[]; next: Position | null }>
  /** By version: what is older than what is known changes nothing. */
  apply(change: T): void
  /** Called after a page of changes was applied. */
  applied(changes: readonly T[]): void
  onError(error: unknown): void
}

export class Projection<T> {
  private readonly options: ProjectionOptions<T>
  private position: Position | undefined
  /** When the last complete look began: whatever had appeared by then is applied. */
  private lookedAt: number | undefined
  private looking: Promise<void> | undefined
  private lookAgain = false
  private stopped = false
  private stopPolling = async () => {}

  constructor(options: ProjectionOptions<T>) {
    this.options = options
  }

  /**
   * Resolves once everything that was there at the start is applied, or `stop` was called; then
   * goes on following.
   */
  async start(): Promise<void> {
    await this.look()
    if (this.stopped) return
    const { clock, onError } = this.options
    this.stopPolling = repeat(clock, POLL_MS, () => this.look(), onError)
  }

  /** Waits for a page under way, not for the feed's end. */
  async stop(): Promise<void> {
    this.stopped = true
    await this.stopPolling()
    await this.looking?.catch(() => {})
  }

  /** Something changed: look now instead of at the next poll. */
  nudge(): void {
    if (!this.stopped) this.look().catch(this.options.onError)
  }

  private look(): Promise<void> {
    if (this.looking) {
      this.lookAgain = true
      return this.looking
    }
    this.looking = this.follow().finally(() => {
      this.looking = undefined
      if (this.lookAgain) this.nudge()
    })
    return this.looking
  }

  private async follow(): Promise<void> {
    this.lookAgain = false
    const { clock, windowMs, read, apply, applied } = this.options
    const begunAt = clock.now()
    this.lookedAt ??= begunAt
    const windowStart = this.lookedAt - windowMs
    let after = this.position
    if (after && after.at >= windowStart) after = { at: windowStart, id: '' }
    let sliceStart = begunAt
    while (!this.stopped) {
      const { changes, next } = await read(after, PAGE)
      for (const change of changes) apply(change)
      if (!next) {
        this.lookedAt = begunAt
        return
      }
      applied(changes)
      after = next
      this.position = next
      if (clock.now() - sliceStart < SLICE_MS) continue
      await sleep(clock, 0)
      sliceStart = clock.now()
    }
  }
}
