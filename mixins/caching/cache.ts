/**
 * The first layer of caching: values in the memory of one process, least recently used first out.
 * One flight a key: whoever asks while a value is being loaded waits for the same load. A value
 * whose load began before one of its tags was dropped is handed out but not kept: it may be what
 * was dropped.
 */
import type { Clock } from '../../kernel/clock.ts'
import { Lru } from './lru.ts'

export interface Loaded<V> {
  value: V
  /** What the value depends on; dropping one of them drops it. */
  tags: readonly string[]
}

interface Entry<V> extends Loaded<V> {
  key: string
  staleAt: number
}

export class Cache<V> {
  private readonly entries: Lru<Entry<V>>
  /** A tag that one entry bears, as most do, costs no set. */
  private readonly byTag = new Map<string, Entry<V> | Set<Entry<V>>>()
  private readonly flights = new Map<string, Promise<V>>()
  private readonly clock: Clock
  private drops = 0

  constructor(clock: Clock, maxEntries: number) {
    this.clock = clock
    this.entries = new Lru(maxEntries)
  }

  get size(): number {
    return this.entries.size
  }

  get(key: string): V | undefined {
    const entry = this.entries.get(key)
    if (!entry) return undefined
    if (entry.staleAt <= this.clock.now()) {
      this.remove(entry)
      return undefined
    }
    return entry.value
  }

  /** Loads the value and keeps it for `ttlMs`. A load that fails is kept by nobody. */
  load(key: string, ttlMs: number, load: () => Promise<Loaded<V>>): Promise<V> {
    const running = this.flights.get(key)
    if (running) return running
    const flight = this.fly(key, ttlMs, load).finally(() => {
      if (this.flights.get(key) === flight) this.flights.delete(key)
    })
    this.flights.set(key, flight)
    return flight
  }

  /** How many values it dropped. Loads under way are no longer joined, nor kept. */
  drop(tag: string): number {
    this.drops += 1
    this.flights.clear()
    const tagged = this.byTag.get(tag)
    const dropped = tagged instanceof Set ? [...tagged] : tagged ? [tagged] : []
    for (const entry of dropped) this.remove(entry)
    return dropped.length
  }

  private async fly(key: string, ttlMs: number, load: () => Promise<Loaded<V>>): Promise<V> {
    const dropsBefore = this.drops
    const { value, tags } = await load()
    if (this.drops === dropsBefore) this.keep({ key, value, tags }, ttlMs)
    return value
  }

  private keep({ key, value, tags }: Loaded<V> & { key: string }, ttlMs: number): void {
    const entry: Entry<V> = { key, value, tags, staleAt: this.clock.now() + ttlMs }
    const gone = this.entries.set(key, entry)
    if (gone) this.untag(gone)
    for (const tag of tags) {
      const tagged = this.byTag.get(tag)
      if (!tagged) this.byTag.set(tag, entry)
      else if (tagged instanceof Set) tagged.add(entry)
      else this.byTag.set(tag, new Set([tagged, entry]))
    }
  }

  private remove(entry: Entry<V>): void {
    this.entries.delete(entry.key)
    this.untag(entry)
  }

  private untag(entry: Entry<V>): void {
    for (const tag of entry.tags) {
      const tagged = this.byTag.get(tag)
      if (tagged instanceof Set) {
        tagged.delete(entry)
        if (tagged.size > 0) continue
      }
      this.byTag.delete(tag)
    }
  }
}
