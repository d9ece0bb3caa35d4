/** Events that a group could not handle: kept with their error until an operator replays them. */
import type { Clock } from '../../kernel/clock.ts'
import { fingerprint } from '../../kernel/ids.ts'
import { ConflictError, collection, type Document, type Store } from '../store/store.ts'
import type { DeadLetter } from './in-process.ts'

export interface StoredDeadLetter extends Document, DeadLetter {
  /** Unix ms. */
  at: number
}

export const deadLetters = collection<StoredDeadLetter>({
  name: 'dead_letters',
  shardKey: 'id',
  distribution: 'hashed',
  shards: 1,
  indexes: [{ fields: ['at', 'id'] }],
})

const MAX_ATTEMPTS = 4

/** One letter a message and group: a message that fails again replaces its letter. */
export async function bury(store: Store, clock: Clock, letter: DeadLetter): Promise<void> {
  const { channel, group, payload } = letter
  const id = `evt_${fingerprint(channel, group, payload.id)}`
  for (let attempt = 1; ; attempt += 1) {
    const before = await store.get(deadLetters, id)
    const document = { id, version: (before?.version ?? 0) + 1, ...letter, at: clock.now() }
    const write = before
      ? { op: 'replace' as const, collection: deadLetters, document, ifVersion: before.version }
      : { op: 'insert' as const, collection: deadLetters, document }
    try {
      await store.commit({ key: id, writes: [write] })
      return
    } catch (error) {
      // Another delivery wrote the same letter, or an operator's replay has just removed it.
      if (!(error instanceof ConflictError) || attempt === MAX_ATTEMPTS) throw error
    }
  }
}
