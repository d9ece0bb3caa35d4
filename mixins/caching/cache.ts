/**
 * The first layer of caching: values in the memory of one process, least recently used first out.
 * One flight a key: whoever asks while a value is being loaded waits for the same load. A value
 * whose load began before one of its tags was dropped is handed out but not kept: it may be what
 * was dropped.
 */
import type { Clock } from '../../kernel/clock.ts'

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
  private readonly entries = new Map<string, Entry<V>>()
  private readonly byTag = new Map<string, Set<Entry<V>>>()
  private readonly flights = new Map<string, Promise<V>>()
  private readonly clock: Clock
  private readonly maxEntries: number
  private drops = 0

  constructor(clock: Clock, maxEntries: number) {
    this.clock = clock
    this.maxEntries = maxEntries
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
    this.entries.delete(key)
    this.entries.set(key, entry)
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
    const tagged = [...(this.byTag.get(tag) ?? [])]
    for (const entry of tagged) this.remove(entry)
    return tagged.length
  }

  private async fly(key: string, ttlMs: number, load: () => Promise<Loaded<V>>): Promise<V> {
    const dropsBefore = this.drops
    const { value, tags } = await load()
    if (this.drops === dropsBefore) this.keep({ key, value, tags }, ttlMs)
    return value
  }

  private keep({ key, value, tags }: Loaded<V> & { key: string }, ttlMs: number): void {
    const before = this.entries.get(key)
    if (before) this.remove(before)
    const entry: Entry<V> = { key, value, tags, staleAt: this.clock.now() + ttlMs }
    this.entries.set(key, entry)
    for (const tag of tags) {
      const tagged = this.byTag.get(tag)
      if (tagged) tagged.add(entry)
      else this.byTag.set(tag, new Set([entry]))
    }
    if (this.entries.size <= this.maxEntries) return
    for (const oldest of this.entries.values()) {
      this.remove(oldest)
      return
    }
  }

  private remove(entry: Entry<V>): void {
    this.entries.delete(entry.key)
    for (const tag of entry.tags) {
      const tagged = this.byTag.get(tag)
      tagged?.delete(entry)
      if (tagged?.size === 0) this.byTag.delete(tag)
    }
  }
}
