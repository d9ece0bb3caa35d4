/**
 * Takes up what stands past its deadline: documents whose `dueAt` has passed, oldest first, a
 * bounded number at a time. Every node may sweep; what `handle` does must be idempotent.
 */
import { type Clock, repeat } from '../kernel/clock.ts'
import type { Collection, Document, Scalar, Store } from './store/store.ts'

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

/**
 * Sweeps once, behind the document that the sweep before ended with: however many fail again and
 * again, the others get their turn.
 * @returns where the next sweep goes on; undefined: from the start
 */
export async function sweep<D extends Document>(
  options: SweepOptions<D>,
  after?: readonly Scalar[],
): Promise<readonly Scalar[] | undefined> {
  const { store, clock, collection, field = 'dueAt', handle, onError } = options
  const due = await store.find(collection, {
    where: { [field]: { lte: clock.now() } },
    sort: [
      [field, 1],
      ['id', 1],
    ],
    limit: BATCH,
    ...(after ? { after } : {}),
  })
  for (let start = 0; start < due.length; start += AT_ONCE) {
    await Promise.all(
      due.slice(start, start + AT_ONCE).map(async (document) => {
        try {
          await handle(document)
        } catch (error) {
          onError(error)
        }
      }),
    )
  }
  const last = due[BATCH - 1]
  return last && [(last as unknown as Record<string, Scalar>)[field]!, last.id]
}

/** Sweeps every second until the returned function is called; that waits for a sweep under way. */
export function startSweeper<D extends Document>(options: SweepOptions<D>): () => Promise<void> {
  let after: readonly Scalar[] | undefined
  return repeat(
    options.clock,
    PAUSE_MS,
    async () => {
      after = await sweep(options, after)
    },
    options.onError,
  )
}
