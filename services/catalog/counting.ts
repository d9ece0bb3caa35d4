/**
 * How many active products a category has: counted along an index, and remembered for a moment, so
 * that many readers cost the store no more than one.
 */
import type { Clock } from '../../kernel/clock.ts'
import type { Store } from '../../mixins/store/store.ts'
import { products } from './catalog.documents.ts'

const REMEMBERED_MS = 500

interface Remembered {
  untilMs: number
  count: Promise<number>
}

/** Remembers categories that exist only: what it holds is bounded by them. */
export class ProductCounts {
  private readonly store: Store
  private readonly clock: Clock
  private readonly remembered = new Map<string, Remembered>()

  constructor(store: Store, clock: Clock) {
    this.store = store
    this.clock = clock
  }

  of(categoryId: string): Promise<number> {
    const nowMs = this.clock.now()
    const remembered = this.remembered.get(categoryId)
    if (remembered && nowMs < remembered.untilMs) return remembered.count
    const count = this.store.count(products, { categoryId, status: 'active' })
    this.remembered.set(categoryId, { untilMs: nowMs + REMEMBERED_MS, count })
    count.catch(() => this.remembered.delete(categoryId))
    return count
  }
}
