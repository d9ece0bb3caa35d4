/** Decides commands one by one on documents in memory: the actor runtime without store and time. */
import { Batch, slotKey } from '../mixins/actor/batch.ts'
import type { Behaviour } from '../mixins/actor/behaviour.ts'
import type { Collection, Document, StoredEvent } from '../mixins/store/store.ts'

export class Decider {
  nowMs = Date.UTC(2030, 0, 1)
  readonly events: StoredEvent[] = []
  private readonly documents = new Map<string, Document>()

  /** @throws Refusal as the sender would get it, after the writes that come with it */
  decide<C, R>(behaviour: Behaviour<C, R>, command: C): R {
    const batch = new Batch()
    for (;;) {
      const missing = behaviour.reads(command, batch.peek).filter((ref) => !batch.has(ref))
      if (missing.length === 0) break
      for (const ref of missing) {
        batch.add(ref, this.documents.get(slotKey(ref.collection, ref.id)), true)
      }
    }
    const decision = behaviour.decide(command, batch.read, this.nowMs)
    batch.apply(decision, 'key', this.nowMs)
    this.events.push(...(batch.commit('key')?.events ?? []))
    for (const [key, document] of batch.results()) {
      if (document) this.documents.set(key, document)
      else this.documents.delete(key)
    }
    if ('refuse' in decision) throw decision.refuse
    return decision.reply
  }

  get<D extends Document>(from: Collection<D>, id: string): D | undefined {
    return this.documents.get(slotKey(from, id)) as D | undefined
  }

  all<D extends Document>(from: Collection<D>): D[] {
    const own = [...this.documents].filter(([key]) => key.startsWith(`${from.name}/`))
    return own.map(([, document]) => document as D)
  }
}

/** The error that `act` throws; fails if it throws none. */
export function refusalOf(act: () => unknown): Error & { type?: string; data?: unknown } {
  try {
    act()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was refused')
}
