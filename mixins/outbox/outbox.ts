/**
 * Relays committed events to the channels: at least once, in commit order per key. An event is
 * handed over right after its commit; what a crash or an outage left behind is found in the store.
 * Only an event that the channel has taken is settled.
 *
 * Two modes. Direct: events come from memory, one chain per key. Catching up, after a failure or
 * when too many wait: events come from the store alone, in commit order, until none is left.
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
  private readonly inMemory = new Set<string>()
  private published: string[] = []
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
    await this.settle()
  }

  /** Takes over events whose commit has succeeded. */
  readonly relay = (events: readonly StoredEvent[]): void => {
    if (this.catchingUp || this.inMemory.size + events.length > MAX_IN_MEMORY) {
      this.catchingUp = true
      this.missed = true
      return
    }
    for (const event of events) {
      this.inMemory.add(event.id)
      const before = this.chains.get(event.key) ?? Promise.resolve()
      const chain = before.then(() => this.publish(event))
      this.chains.set(event.key, chain)
      void chain.then(() => {
        if (this.chains.get(event.key) === chain) this.chains.delete(event.key)
      })
    }
  }

  private async publish(event: StoredEvent): Promise<void> {
    try {
      // Behind an event that failed, a later one of the same key must not overtake it.
      if (!this.catchingUp) {
        await this.options.publish(event)
        this.published.push(event.id)
      }
    } catch (error) {
      this.catchingUp = true
      this.options.onError(error)
    } finally {
      this.inMemory.delete(event.id)
    }
  }

  private async scan(): Promise<void> {
    if (this.catchingUp) {
      await Promise.all(this.chains.values())
      await this.catchUp()
    } else {
      await this.relayStored(this.options.clock.now() - LEFT_BEHIND_MS)
    }
  }

  private async catchUp(): Promise<void> {
    do {
      this.missed = false
      while ((await this.relayStored(this.options.clock.now() + 1)) > 0);
    } while (this.missed)
    this.catchingUp = false
  }

  /** One page, in commit order; how many it relayed. */
  private async relayStored(beforeMs: number): Promise<number> {
    await this.settle()
    const events = await this.options.store.pendingEvents(PAGE, beforeMs)
    const own = events.filter(({ id }) => !this.inMemory.has(id))
    try {
      for (const event of own) {
        await this.options.publish(event)
        this.published.push(event.id)
      }
    } finally {
      await this.settle()
    }
    return own.length
  }

  private async settle(): Promise<void> {
    const ids = this.published
    if (ids.length === 0) return
    this.published = []
    await this.options.store.settleEvents(ids)
  }
}
