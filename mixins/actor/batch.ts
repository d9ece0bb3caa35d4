/** One batch of a mailbox: the documents it read, what its decisions made of them. */
import type { Collection, Commit, Document, Store, StoredEvent, Write } from '../store/store.ts'
import type { Decision, Read, Ref, Refused } from './behaviour.ts'

interface Slot {
  ref: Ref
  /** As stored; undefined where there is none. */
  base: Document | undefined
  current: Document | undefined
  /** Read from the store for this batch, not remembered from one before. */
  fresh: boolean
  /** Read by a decision; what is read and not written must be fresh. */
  read: boolean
}

export function slotKey(collection: Collection, id: string): string {
  return `${collection.name}/${id}`
}

export class Batch {
  private readonly slots = new Map<string, Slot>()
  private readonly events: StoredEvent[] = []

  has(ref: Ref): boolean {
    return this.slots.has(slotKey(ref.collection, ref.id))
  }

  add(ref: Ref, document: Document | undefined, fresh: boolean): void {
    const slot = { ref, base: document, current: document, fresh, read: false }
    this.slots.set(slotKey(ref.collection, ref.id), slot)
  }

  readonly read: Read = (from, id) => {
    const slot = this.slots.get(slotKey(from, id))
    if (!slot) throw new TypeError(`${from.name}/${id} is read but not named by reads()`)
    slot.read = true
    return slot.current as never
  }

  /** For reads(): what is not loaded yet reads as absent. */
  readonly peek: Read = (from, id) => this.slots.get(slotKey(from, id))?.current as never

  /**
   * False where the decision must wait for the next batch: one commit cannot remove a document and
   * create it.
   * @throws TypeError it is no decision; as with false, nothing of it is taken in
   */
  apply(decision: Decision<unknown> | Refused, key: string, nowMs: number): boolean {
    const { put = [] } = decision
    const {
      remove = [],
      events = [],
    }: Omit<Decision<unknown>, 'reply'> = 'refuse' in decision ? {} : decision
    const written = put.map(({ collection, document }) =>
      this.slotFor({ collection, id: document.id }),
    )
    const removed = remove.map((ref) => this.slotFor(ref))
    if (written.some(({ base, current }) => base && !current)) return false
    if (removed.some(({ base, current }) => current && !base)) return false
    for (const [index, { collection, document }] of put.entries()) {
      const expected = (written[index]!.current?.version ?? 0) + 1
      if (document.version === expected) continue
      throw new TypeError(`${collection.name}/${document.id} must get version ${expected}`)
    }
    const cause = put[0]?.document
    if (events[0] && !cause) throw new TypeError(`${events[0].type} has no document as its cause`)
    for (const [index, { document }] of put.entries()) written[index]!.current = document
    for (const slot of removed) slot.current = undefined
    for (const [index, event] of events.entries()) {
      const id = `${cause!.id}.${cause!.version}.${index}`
      this.events.push({ id, key, at: nowMs, ...event })
    }
    return true
  }

  /** What must be committed, or undefined when nothing was changed. */
  commit(key: string): Commit | undefined {
    const writes: Write[] = []
    for (const { ref, base, current } of this.slots.values()) {
      if (base === current) continue
      const { collection, id } = ref
      if (current === undefined) {
        writes.push({ op: 'remove', collection, id, ifVersion: base!.version })
      } else if (base === undefined) {
        writes.push({ op: 'insert', collection, document: current })
      } else {
        writes.push({ op: 'replace', collection, document: current, ifVersion: base.version })
      }
    }
    return writes.length > 0 ? { key, writes, events: this.events } : undefined
  }

  /** Documents that decisions rest on without a write to check them, remembered from before. */
  unverified(): Ref[] {
    const refs: Ref[] = []
    for (const slot of this.slots.values()) {
      if (slot.read && !slot.fresh && slot.base === slot.current) refs.push(slot.ref)
    }
    return refs
  }

  versionOf(ref: Ref): number | undefined {
    return this.slots.get(slotKey(ref.collection, ref.id))?.base?.version
  }

  *results(): Iterable<[key: string, document: Document | undefined]> {
    for (const [key, slot] of this.slots) yield [key, slot.current]
  }

  keys(): Iterable<string> {
    return this.slots.keys()
  }

  private slotFor(ref: Ref): Slot {
    const slot = this.slots.get(slotKey(ref.collection, ref.id))
    if (!slot) throw new TypeError(`${ref.collection.name}/${ref.id} is written but not read`)
    return slot
  }
}

/** Reads `refs` from the store, one round trip per collection. */
export async function readRefs(
  store: Store,
  refs: readonly Ref[],
): Promise<[Ref, Document | undefined][]> {
  const byCollection = new Map<Collection, string[]>()
  for (const { collection, id } of refs) {
    const ids = byCollection.get(collection)
    if (ids) ids.push(id)
    else byCollection.set(collection, [id])
  }
  const groups = await Promise.all(
    [...byCollection].map(async ([collection, ids]) => {
      const documents = await store.getMany(collection, ids)
      return ids.map((id, i): [Ref, Document | undefined] => [{ collection, id }, documents[i]])
    }),
  )
  return groups.flat()
}
