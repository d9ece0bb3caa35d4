/**
 * The actor runtime. All commands for one key wait in one mailbox; a batch of them is decided on
 * the state in memory and committed once (group commit). Memory is speed, not safety: the version
 * check of the commit is the lock. A conflict drops what was remembered, reads again, decides
 * again; what a decision read without writing it is compared with the store before it is believed.
 *
 * Bounds: a mailbox holds at most `MAX_WAITING` commands, all together `MAX_WAITING_TOTAL`; memory
 * at most `MAX_REMEMBERED` documents, least recently used first out, so an idle actor costs
 * nothing.
 */
import type { Clock } from '../../kernel/clock.ts'
import { overloaded, unavailable } from '../../kernel/errors.ts'
import { Lru } from '../caching/lru.ts'
import {
  type Commit,
  ConflictError,
  type Document,
  type Store,
  type StoredEvent,
} from '../store/store.ts'
import { Batch, readRefs, slotKey } from './batch.ts'
import type { Behaviour, Ref } from './behaviour.ts'

const MAX_BATCH = 256
const MAX_WAITING = 2_000
const MAX_WAITING_TOTAL = 20_000
const MAX_REMEMBERED = 20_000
const MAX_ATTEMPTS = 8
/** More than any command names documents by what it finds in others. */
const MAX_READ_ROUNDS = 8

interface Entry {
  // biome-ignore lint/suspicious/noExplicitAny: one mailbox holds commands of every behaviour
  behaviour: Behaviour<any, any>
  command: unknown
  deadlineMs: number | undefined
  resolve(reply: unknown): void
  reject(error: unknown): void
}

type Outcome = { reply: unknown } | { error: unknown }

export interface ActorOptions {
  store: Store
  clock: Clock
  /** Called with the events of each commit, after it; `unknown`: it may not have come to be. */
  relay(events: readonly StoredEvent[], outcome: 'committed' | 'unknown'): void
}

export class Actors {
  private readonly mailboxes = new Map<string, Entry[]>()
  private readonly memory = new Lru<Document>(MAX_REMEMBERED)
  private readonly options: ActorOptions
  private waiting = 0

  constructor(options: ActorOptions) {
    this.options = options
  }

  /**
   * Decides `command` in the mailbox of `key`; resolves with the reply once it is committed.
   *
   * @throws Refusal the decision's own; `overloaded` when the mailbox is full; `unavailable` when
   *   the deadline passed before the decision, or the store cannot tell whether it committed
   */
  send<C, R>(behaviour: Behaviour<C, R>, key: string, command: C, deadlineMs?: number): Promise<R> {
    const mailbox = this.mailboxes.get(key)
    if (this.waiting >= MAX_WAITING_TOTAL || (mailbox && mailbox.length >= MAX_WAITING)) {
      return Promise.reject(overloaded('too many commands are waiting'))
    }
    this.waiting += 1
    return new Promise<R>((resolve, reject) => {
      const entry: Entry = {
        behaviour,
        command,
        deadlineMs,
        resolve: resolve as (reply: unknown) => void,
        reject,
      }
      if (mailbox) {
        mailbox.push(entry)
      } else {
        const opened = [entry]
        this.mailboxes.set(key, opened)
        void this.drain(key, opened)
      }
    })
  }

  /** Forgets every document: the next command reads the store. */
  forget(): void {
    this.memory.clear()
  }

  private async drain(key: string, mailbox: Entry[]): Promise<void> {
    // What is sent in one go is one batch, from the first on.
    await Promise.resolve()
    while (mailbox.length > 0) {
      const entries = mailbox.splice(0, MAX_BATCH)
      const left = await this.process(key, entries)
      mailbox.unshift(...left)
    }
    this.mailboxes.delete(key)
  }

  /** Settles entries from the first on; those that it returns must be decided in a later batch. */
  private async process(key: string, entries: Entry[]): Promise<Entry[]> {
    const doubted = new Set<string>()
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      let batch: Batch | undefined
      try {
        batch = await this.load(entries, doubted)
        const outcomes = this.decide(key, entries, batch)
        if (await this.stale(batch, doubted)) continue
        const commit = batch.commit(key)
        if (commit) await this.commit(commit)
        this.remember(batch)
        this.settle(entries, outcomes)
        return entries.slice(outcomes.length)
      } catch (error) {
        if (batch) for (const slot of batch.keys()) this.memory.delete(slot)
        if (error instanceof ConflictError) continue
        this.settle(
          entries,
          entries.map(() => ({ error })),
        )
        return []
      }
    }
    const error = unavailable('too many writers of the same documents')
    this.settle(
      entries,
      entries.map(() => ({ error })),
    )
    return []
  }

  private async load(entries: Entry[], doubted: ReadonlySet<string>): Promise<Batch> {
    const batch = new Batch()
    for (let round = 0; round < MAX_READ_ROUNDS; round += 1) {
      const missing = new Map<string, Ref>()
      let complete = true
      for (const entry of entries) {
        for (const ref of named(entry, batch)) {
          if (batch.has(ref)) continue
          complete = false
          const slot = slotKey(ref.collection, ref.id)
          const remembered = doubted.has(slot) ? undefined : this.memory.get(slot)
          if (remembered) batch.add(ref, remembered, false)
          else missing.set(slot, ref)
        }
      }
      if (complete) break
      for (const [ref, document] of await readRefs(this.options.store, [...missing.values()])) {
        batch.add(ref, document, true)
      }
    }
    return batch
  }

  /** One outcome per entry, in order; ends early where an entry must wait for the next batch. */
  private decide(key: string, entries: Entry[], batch: Batch): Outcome[] {
    const outcomes: Outcome[] = []
    const now = this.options.clock.now()
    for (const { behaviour, command, deadlineMs } of entries) {
      try {
        if (!behaviour.reads(command, batch.peek).every((ref) => batch.has(ref))) {
          if (outcomes.length > 0) break
          throw new TypeError(`reads() of ${key} never ends`)
        }
        if (deadlineMs !== undefined && now > deadlineMs) {
          throw unavailable('the deadline of this request has passed')
        }
        const decision = behaviour.decide(command, batch.read, now)
        if (!batch.apply(decision, key, now)) break
        outcomes.push('refuse' in decision ? { error: decision.refuse } : decision)
      } catch (error) {
        outcomes.push({ error })
      }
    }
    return outcomes
  }

  private async commit(commit: Commit): Promise<void> {
    const { store, relay } = this.options
    const { events = [] } = commit
    try {
      await store.commit(commit)
    } catch (error) {
      if (events.length > 0 && !(error instanceof ConflictError)) relay(events, 'unknown')
      throw error
    }
    if (events.length > 0) relay(events, 'committed')
  }

  /** True when a decision rests on a document that the store has in another version. */
  private async stale(batch: Batch, doubted: Set<string>): Promise<boolean> {
    const unverified = batch.unverified()
    if (unverified.length === 0) return false
    let stale = false
    for (const [ref, document] of await readRefs(this.options.store, unverified)) {
      if (document?.version === batch.versionOf(ref)) continue
      doubted.add(slotKey(ref.collection, ref.id))
      stale = true
    }
    return stale
  }

  private remember(batch: Batch): void {
    for (const [slot, document] of batch.results()) {
      if (document) this.memory.set(slot, document)
      else this.memory.delete(slot)
    }
  }

  private settle(entries: readonly Entry[], outcomes: readonly Outcome[]): void {
    this.waiting -= outcomes.length
    for (const [index, outcome] of outcomes.entries()) {
      const entry = entries[index]!
      if ('error' in outcome) entry.reject(outcome.error)
      else entry.resolve(outcome.reply)
    }
  }
}

/** What `entry` names; nothing where reads() fails, for decide() tells that. */
function named({ behaviour, command }: Entry, batch: Batch): readonly Ref[] {
  try {
    return behaviour.reads(command, batch.peek)
  } catch {
    return []
  }
}
