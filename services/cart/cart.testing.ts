/** For tests: decides a cart's commands one by one, on documents in memory. */
import type { Actors } from '../../mixins/actor/actor.ts'
import { Batch, slotKey } from '../../mixins/actor/batch.ts'
import type { Behaviour } from '../../mixins/actor/behaviour.ts'
import type { Document } from '../../mixins/store/store.ts'
import { carts, type StoredCart } from './cart.documents.ts'

interface Run {
  steps?: number
  lastIsDone?: boolean
  /** Waited for before each step. */
  turn?(): Promise<void>
}

export class Shelf {
  nowMs = Date.UTC(2030, 0, 1)
  private readonly documents = new Map<string, Document>()

  decide<C extends { cartId: string }, R>(behaviour: Behaviour<C, R>, command: C): R {
    const batch = new Batch()
    for (const ref of behaviour.reads(command, batch.peek)) {
      batch.add(ref, this.documents.get(slotKey(ref.collection, ref.id)), true)
    }
    const decision = behaviour.decide(command, batch.read, this.nowMs)
    batch.apply(decision, command.cartId, this.nowMs)
    for (const [key, document] of batch.results()) {
      if (document) this.documents.set(key, document)
      else this.documents.delete(key)
    }
    if ('refuse' in decision) throw decision.refuse
    return decision.reply
  }

  cart(cartId: string): StoredCart | undefined {
    return this.documents.get(slotKey(carts, cartId)) as StoredCart | undefined
  }

  /** Pieces by product. */
  pieces(cartId: string): Record<string, number> {
    const lines = this.cart(cartId)?.lines ?? []
    return Object.fromEntries(lines.map(({ productId, quantity }) => [productId, quantity]))
  }

  /** Actors that decide here. After `steps` more steps they crash, before or after the last one. */
  actors({ steps = Number.POSITIVE_INFINITY, lastIsDone = true, turn }: Run = {}): Actors {
    let left = steps
    const send = async <C extends { cartId: string }, R>(
      behaviour: Behaviour<C, R>,
      _key: string,
      command: C,
    ): Promise<R> => {
      await turn?.()
      left -= 1
      if (left < 0 || (left === 0 && !lastIsDone)) throw new Crash()
      const reply = this.decide(behaviour, command)
      if (left === 0) throw new Crash()
      return reply
    }
    return { send } as unknown as Actors
  }
}

export class Crash extends Error {
  override readonly name = 'Crash'
}
