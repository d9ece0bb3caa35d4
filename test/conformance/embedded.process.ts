/**
 * A process on the embedded store of a folder, to be killed, starved or run beside another:
 * `node embedded.process.ts open|insert|increment|fill FOLDER`. It prints a line for each commit
 * that is acknowledged.
 */
import { createEmbeddedStore } from '../../mixins/store/embedded.ts'
import { ConflictError, type Store, UnavailableError } from '../../mixins/store/store.ts'
import { conformanceCollections, counters, insert, things } from './store.things.ts'

const actions: Record<string, (store: Store) => Promise<unknown>> = {
  async open() {},

  /** Without end, twenty at a time: two documents and an event in each commit. */
  async insert(store) {
    const writers = Array.from({ length: 20 }, async (_, writer) => {
      for (let turn = 0; ; turn++) {
        const owner = `${process.pid}-${writer}-${turn}`
        const pair = ['a', 'b'].map((end) => ({ id: `${owner}-${end}`, version: 1, owner }))
        const event = { id: owner, type: 'pair.made', key: owner, at: turn, payload: null }
        await store.commit({ ...insert(owner, ...pair), events: [event] })
        process.stdout.write(`${owner}\n`)
      }
    })
    await Promise.all(writers)
  },

  /** Raises one counter by 200, ten at a time. */
  async increment(store) {
    const writers = Array.from({ length: 10 }, async () => {
      for (let done = 0; done < 20; ) if (await raise(store, 'shared')) done += 1
    })
    await Promise.all(writers)
  },

  /** Until the disk refuses; then reads everything. */
  async fill(store) {
    for (let turn = 0; ; turn++) {
      const big = { id: `${turn}`, version: 1, owner: 'fill', name: 'x'.repeat(20_000) }
      try {
        await store.commit(insert('fill', big))
        process.stdout.write(`${big.id}\n`)
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error
        const count = await store.count(things, { owner: 'fill' })
        process.stdout.write(`full with ${count}: ${error.message}\n`)
        return
      }
    }
  },
}

async function raise(store: Store, id: string): Promise<boolean> {
  const { version, count } = (await store.get(counters, id))!
  const document = { id, version: version + 1, count: count + 1 }
  const writes = [{ op: 'replace', collection: counters, document, ifVersion: version } as const]
  try {
    await store.commit({ key: id, writes })
    return true
  } catch (error) {
    if (error instanceof ConflictError) return false
    throw error
  }
}

const [action = '', dataDir = ''] = process.argv.slice(2)
const store = createEmbeddedStore({
  dataDir,
  collections: conformanceCollections,
})
await store.open()
await actions[action]!(store)
await store.close()
