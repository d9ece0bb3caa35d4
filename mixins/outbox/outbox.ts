/**
 * Relays committed events to the channels: at least once, in commit order per key. An event is
 * handed over right after its commit; what a crash or an outage left behind is found in the store.
 * Only an event that the channel has taken is settled.
 *
 * Two modes. Direct: events come from memory, one chain per key. Catching up, after a failure or a
 * commit of unknown outcome, when too many wait or some were left behind: events come from the
 * store alone, in commit order, until none is left.
 */
import { type Clock, repeat } from '../../kernel/clock.ts'
import type { Store, StoredEvent } from '../store/store.ts'

const MAX_IN_MEMORY = 10_000
/** A younger event is still with the node that committed it. */
const LEFT_BEHIND_MS = 5_000
const SCAN_PAUSE_MS = 1_000
const SETTLE_PAUSE_MS = 50
const PAGE = 500

export interface OutboxOptions {
  store: Store
  clock: Clock
  /** Resolves once the channel is answerable for the event. */
  publish(event: StoredEvent): Promise<void>
  onError(error: unknown): void
}

export class Outbox {
  private readonly options: OutboxOptions
  private readonly chains = new Map<string, Promise<void>>()
  /** Relayed from memory and not settled yet. */
  private readonly inMemory = new Set<string>()
  private published: string[] = []
  private settling = Promise.resolve()
  private catchingUp = true
  private missed = false
  private stops: (() => Promise<void>)[] = []

  constructor(options: OutboxOptions) {
    this.options = options
  }

  start(): void {
    const { clock, onError } = this.options
    this.stops = [
      repeat(clock, SCAN_PAUSE_MS, () => this.scan(), onError),
      repeat(clock, SETTLE_PAUSE_MS, () => this.settle(), onError),
    ]
  }

  /** Publishes what is in memory, as far as the channel takes it, and settles it. */
  async stop(): Promise<void> {
    await Promise.all(this.stops.map((stop) => stop()))
    await Promise.all(this.chains.values())
    // What is not settled is relayed once more by the next start.
    await this.settle().catch(this.options.onError)
  }

  /** Takes over the events of a commit, which are in the store unless its outcome is unknown. */
  readonly relay = (events: readonly StoredEvent[], outcome: 'committed' | 'unknown'): void => {
    const tooMany = this.inMemory.size + events.length > MAX_IN_MEMORY
    if (this.catchingUp || tooMany || outcome === 'unknown') {
      this.catchingUp = true
      this.missed = true
      return
    }
    for (const event of events) {
      this.inMemory.add(event.id)
      const before = this.chains.get(event.key) ?? Promise.resolve()
      const chain = before.then(() => this.publishFromMemory(event))
      this.chains.set(event.key, chain)
      void chain.then(() => {
        if (this.chains.get(event.key) === chain) this.chains.delete(event.key)
      })
    }
  }

  private async publishFromMemory(event: StoredEvent): Promise<void> {
    if (!this.catchingUp) {
      try {
        await this.publish(event)
        return
      } catch (error) {
        this.options.onError(error)
      }
    }
    this.inMemory.delete(event.id)
  }

  private async publish(event: StoredEvent): Promise<void> {
    try {
      await this.options.publish(event)
      this.published.push(event.id)
    } catch (error) {
      // Behind an event that failed, a later one of the same key must not overtake it.
      this.catchingUp = true
      throw error
    }
  }

  private async scan(): Promise<void> {
    if (!this.catchingUp && !(await this.isAnyLeftBehind())) return
    this.catchingUp = true
    await Promise.all(this.chains.values())
    do {
      this.missed = false
      while ((await this.relayStored()) === PAGE);
    } while (this.missed)
    this.catchingUp = false
  }

  private async isAnyLeftBehind(): Promise<boolean> {
    await this.settle()
    const beforeMs = this.options.clock.now() - LEFT_BEHIND_MS
    const events = await this.options.store.pendingEvents(PAGE, beforeMs)
    return events.some(({ id }) => !this.inMemory.has(id))
  }

  /** One page, each key in commit order; the number of events on it. */
  private async relayStored(): Promise<number> {
    await this.settle()
    // Of whatever time: the clock of the node that an event is from may be ahead.
    const events = await this.options.store.pendingEvents(PAGE, Number.POSITIVE_INFINITY)
    const outcomes = await Promise.allSettled(
      [...Map.groupBy(events, ({ key }) => key).values()].map(async (ofKey) => {
        for (const event of ofKey) await this.publish(event)
      }),
    )
    const failed = outcomes.find(({ status }) => status === 'rejected')
    if (failed) throw (failed as PromiseRejectedResult).reason
    return events.length
  }

  /** One after the other: what is published is settled when this resolves. */
  private settle(): Promise<void> {
    const before = this.settling.catch(() => {})
    this.settling = before.then(() => this.settlePublished())
    return this.settling
  }

  private async settlePublished(): Promise<void> {
    const ids = this.published
    if (ids.length === 0) return
    this.published = []
    try {
      await this.options.store.settleEvents(ids)
    } catch (error) {
      this.published = [...ids, ...this.published]
      throw error
    }
    for (const id of ids) this.inMemory.delete(id)
  }
}
