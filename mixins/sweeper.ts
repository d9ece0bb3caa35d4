/**
 * Takes up what stands past its deadline: documents whose `dueAt` has passed, oldest first. Every
 * node may sweep; what `handle` does must be idempotent.
 */
import { type Clock, repeat } from '../kernel/clock.ts'
import type { Collection, Document, Store } from './store/store.ts'

const PAUSE_MS = 1_000
const BATCH = 500
const AT_ONCE = 32

export interface SweepOptions<D extends Document> {
  store: Store
  clock: Clock
  collection: Collection<D>
  /** The field that holds the deadline; default `dueAt`. */
  field?: string
  handle(document: D): Promise<unknown>
  onError(error: unknown): void
}

/** Sweeps once; the number of documents that were due. */
export async function sweep<D extends Document>(options: SweepOptions<D>): Promise<number> {
  const { store, clock, collection, field = 'dueAt', handle, onError } = options
  const due = await store.find(collection, {
    where: { [field]: { lte: clock.now() } },
    sort: [
      [field, 1],
      ['id', 1],
    ],
    limit: BATCH,
  })
  for (let start = 0; start < due.length; start += AT_ONCE) {
    await Promise.all(
      due.slice(start, start + AT_ONCE).map((document) => handle(document).catch(onError)),
    )
  }
  return due.length
}

/** Sweeps every second until the returned function is called; that waits for a sweep under way. */
export function startSweeper<D extends Document>(options: SweepOptions<D>): () => Promise<void> {
  return repeat(
    options.clock,
    PAUSE_MS,
    async () => {
      await sweep(options)
    },
    options.onError,
  )
}
