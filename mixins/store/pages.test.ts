import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { insert, newOwner, type Thing, things } from '../../test/conformance/store.things.ts'
import { type FaultyStore, openFaultyStore } from '../../test/faulty-store.ts'
import { readAll } from './pages.ts'

let store: FaultyStore
beforeAll(async () => {
  store = await openFaultyStore([things])
})
afterAll(() => store.dispose())

async function add(owner: string, count: number): Promise<string[]> {
  const added = Array.from({ length: count }, (_, i): Thing => {
    return { id: `${owner}-${String(i).padStart(4, '0')}`, owner, version: 1 }
  })
  await store.commit(insert(owner, ...added))
  return added.map(({ id }) => id)
}

async function idsOf(owner: string, visit: (thing: Thing) => unknown = () => {}) {
  const ids: string[] = []
  for await (const thing of readAll(store, things, { owner })) {
    ids.push(thing.id)
    await visit(thing)
  }
  return ids
}

test.each([0, 1, 999, 1_000, 1_001, 2_500])('%i documents, each once', async (count) => {
  const owner = newOwner()
  const ids = count > 0 ? await add(owner, count) : []
  expect(await idsOf(owner)).toEqual(ids)
})

test('in pages; what is removed behind the reader moves nobody', async () => {
  const owner = newOwner()
  const ids = await add(owner, 2_500)
  const reads = store.calls('find')
  const read = await idsOf(owner, async ({ id, version }) => {
    if (!id.endsWith('00')) return
    await store.commit({
      key: owner,
      writes: [{ op: 'remove', collection: things, id, ifVersion: version }],
    })
  })
  expect(read).toEqual(ids)
  expect(store.calls('find') - reads).toBe(3)
})
