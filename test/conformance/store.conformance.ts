/**
 * What every store must do, whatever is behind it. A new store joins by one more call of
 * `storeConformance`. The tests share one store and keep apart by their documents' owners.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Store } from '../../mixins/store/store.ts'
import { commitTests } from './store.commits.ts'
import { eventTests } from './store.events.ts'
import { queryTests } from './store.queries.ts'
import { counters, insert, newOwner, type Thing, things } from './store.things.ts'

export interface StoreUnderTest {
  /** Open and empty. */
  store: Store
  /** Closes the store and opens another on the same data. */
  reopen(): Promise<Store>
  dispose(): Promise<void>
}

export function storeConformance(name: string, createStore: () => Promise<StoreUnderTest>) {
  describe(`the ${name} store`, () => {
    let subject: StoreUnderTest
    let store: Store
    beforeAll(async () => {
      subject = await createStore()
      store = subject.store
    })
    afterAll(() => subject?.dispose())

    describe('documents', () => documentTests(() => store))
    describe('queries', () => queryTests(() => store))
    describe('commits', () => commitTests(() => store))
    describe('events', () => eventTests(() => store))

    test('keeps everything when it is opened again', async () => {
      const owner = newOwner()
      const thing = { id: `${owner}-1`, version: 1, owner, name: 'kept', rank: 3 }
      const event = {
        id: `${owner}-event`,
        type: 'thing.kept',
        key: owner,
        at: 5,
        payload: { a: 1 },
      }
      await store.commit({ ...insert(owner, thing), events: [event] })
      store = await subject.reopen()
      expect(await store.get(things, thing.id)).toEqual(thing)
      expect(await store.find(things, { where: { owner }, limit: 10 })).toEqual([thing])
      expect(await store.pendingEvents(10_000, 6)).toContainEqual(event)
    })
  })
}

function documentTests(store: () => Store) {
  test('what was inserted is read, what was not is undefined', async () => {
    const owner = newOwner()
    const thing = { id: `${owner}-1`, version: 1, owner, name: 'one', tags: ['a', 'b'], due: {} }
    await store().commit(insert(owner, thing))
    expect(await store().get(things, thing.id)).toEqual(thing)
    expect(await store().get(things, `${owner}-2`)).toBeUndefined()
    expect(await store().get(counters, thing.id)).toBeUndefined()
  })

  test('getMany answers in the order asked, with gaps and repeats', async () => {
    const owner = newOwner()
    const [a, b] = ['a', 'b'].map((name) => ({ id: `${owner}-${name}`, version: 1, owner, name }))
    await store().commit(insert(owner, a!, b!))
    const read = await store().getMany(things, [b!.id, 'absent', a!.id, b!.id])
    expect(read).toEqual([b, undefined, a, b])
    expect(await store().getMany(things, [])).toEqual([])
  })

  test('getMany reads thousands', async () => {
    const owner = newOwner()
    const many = Array.from({ length: 2_500 }, (_, i) => ({
      id: `${owner}-${i}`,
      version: 1,
      owner,
    }))
    await store().commit(insert(owner, ...many))
    expect(await store().getMany(things, many.map((thing) => thing.id).reverse())).toEqual(
      many.reverse(),
    )
  })

  test.each([
    ['empty strings', ''],
    ['unicode', 'Ελλάδα 😀 \u{1f1ec}\u{1f1f7} e\u0301 \uffff'],
    ['control characters', 'a\u0000b\n\t\u007f'],
    ['quotes and dots', `'"\`.$..; DROP TABLE "things"; --`],
    ['500 kB', 'ö'.repeat(250_000)],
  ])('%s come back as they were', async (_, text) => {
    const owner = newOwner()
    const thing: Thing = { id: `${owner}-${text.slice(0, 60)}`, version: 1, owner, name: text }
    thing.bag = { "it's": text, 'a.b': { 'say "x"': [text, null, true, 0.1, -0, 2 ** 53 - 1] } }
    await store().commit(insert(owner, thing))
    const expected = JSON.parse(JSON.stringify(thing))
    expect(await store().get(things, thing.id)).toEqual(expected)
    expect(await store().getMany(things, [thing.id])).toEqual([expected])
    expect(await store().find(things, { where: { owner, name: text }, limit: 2 })).toEqual([
      expected,
    ])
  })

  test('no reader can change what another sees', async () => {
    const owner = newOwner()
    const thing = { id: `${owner}-1`, version: 1, owner, bag: { list: [1] } }
    await store().commit(insert(owner, thing))
    const readings = [
      () => store().get(things, thing.id),
      async () => (await store().getMany(things, [thing.id]))[0],
      async () => (await store().find(things, { where: { owner }, limit: 1 }))[0],
    ]
    for (const read of readings) {
      const mine = await read()
      expect(mine).toEqual(thing)
      attempt(() => Object.assign(mine!, { name: 'changed' }))
      attempt(() => (mine!.bag!.list as number[]).push(2))
    }
    for (const read of readings) expect(await read()).toEqual(thing)
  })
}

/** A frozen copy may refuse with a TypeError; a copy of one's own lets it happen. */
function attempt(change: () => void) {
  try {
    change()
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
  }
}
