/**
 * The embedded store in a folder of its own, whose calls fail, wait or are counted as a test asks.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEmbeddedStore } from '../mixins/store/embedded.ts'
import type { Collection, Store } from '../mixins/store/store.ts'

type Operation = Exclude<keyof Store, 'open' | 'close'>
/** Throws, waits, or does what another writer would. */
type Act = () => unknown

export interface FaultyStore extends Store {
  /** How often `operation` was asked for. */
  calls(operation: Operation): number
  /** The next call of `operation` for which nothing is arranged does `act` first. */
  before(operation: Operation, act: Act): void
  /** As `before`, once the call has succeeded: what `act` throws hides that. */
  after(operation: Operation, act: Act): void
  /** Nothing is arranged any more. */
  calm(): void
  /** Closes the store and removes its folder. */
  dispose(): Promise<void>
}

export async function openFaultyStore(collections: readonly Collection[]): Promise<FaultyStore> {
  const dataDir = mkdtempSync(join(tmpdir(), 'stoa-faulty-'))
  const store = createEmbeddedStore({ dataDir, collections })
  await store.open()
  const asked = new Map<Operation, number>()
  const acts = { before: new Map<Operation, Act[]>(), after: new Map<Operation, Act[]>() }
  const arrange = (when: 'before' | 'after') => (operation: Operation, act: Act) => {
    acts[when].set(operation, [...(acts[when].get(operation) ?? []), act])
  }
  const faults = {
    calls: (operation: Operation) => asked.get(operation) ?? 0,
    before: arrange('before'),
    after: arrange('after'),
    calm() {
      acts.before.clear()
      acts.after.clear()
    },
    async dispose() {
      await store.close()
      rmSync(dataDir, { recursive: true })
    },
  }
  const operation =
    (name: Operation, call: (...args: unknown[]) => Promise<unknown>) =>
    async (...args: unknown[]) => {
      asked.set(name, (asked.get(name) ?? 0) + 1)
      await acts.before.get(name)?.shift()?.()
      const result = await call.apply(store, args)
      await acts.after.get(name)?.shift()?.()
      return result
    }
  return new Proxy(store as FaultyStore, {
    get(_, name) {
      if (name in faults) return faults[name as keyof typeof faults]
      const member = store[name as Operation] as unknown
      return typeof member === 'function' ? operation(name as Operation, member as never) : member
    },
  })
}
