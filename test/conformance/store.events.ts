/** The outbox: events leave with their commit, in order, until they are settled. */
import { beforeEach, expect, test } from '@jest/globals'
import type { Store, StoredEvent } from '../../mixins/store/store.ts'
import { insert, newOwner } from './store.things.ts'

export function eventTests(store: () => Store) {
  let owner: string
  let made: number
  const event = (at: number, payload: unknown = null): StoredEvent => {
    made += 1
    return { id: `${owner}.${made}`, type: 'thing.made', key: owner, at, payload }
  }
  const commit = (...events: StoredEvent[]) => {
    const thing = { id: `${owner}-${events[0]!.id}`, version: 1, owner }
    return store().commit({ ...insert(owner, thing), events })
  }

  beforeEach(async () => {
    owner = newOwner()
    made = 0
    const left = await store().pendingEvents(10_000, Number.MAX_SAFE_INTEGER)
    await store().settleEvents(left.map(({ id }) => id))
  })

  test('come in commit order, whole, and stay until they are settled', async () => {
    const payload = { text: '"ü😀\u0000', list: [1, null, { deep: true }] }
    const [a, b, c, d] = [event(10, payload), event(10), event(9), event(11, 'text')]
    await commit(a, b)
    await commit(c)
    await commit(d)
    expect(await store().pendingEvents(10, 100)).toEqual([a, b, c, d])
    expect(await store().pendingEvents(2, 100)).toEqual([a, b])
    await store().settleEvents([a.id, c.id])
    expect(await store().pendingEvents(10, 100)).toEqual([b, d])
    await store().settleEvents([b.id, d.id])
    expect(await store().pendingEvents(10, 100)).toEqual([])
  })

  test('of one key keep the order of commits that arrive together', async () => {
    const events = Array.from({ length: 50 }, (_, i) => event(5, i))
    await Promise.all(
      events.map((each, i) => {
        const thing = { id: `${owner}-${i}`, version: 1, owner }
        return store().commit({ ...insert(owner, thing), events: [each] })
      }),
    )
    expect(await store().pendingEvents(100, 6)).toEqual(events)
  })

  test('that are too young are left out', async () => {
    const [young, old] = [event(20), event(10)]
    await commit(young, old)
    expect(await store().pendingEvents(10, 20)).toEqual([old])
    expect(await store().pendingEvents(10, 10)).toEqual([])
    expect(await store().pendingEvents(10, 21)).toEqual([young, old])
  })

  test('lag tells how many wait and since when', async () => {
    expect(await store().eventLag()).toEqual({ pending: 0, oldestAt: undefined })
    const [a, b] = [event(10), event(20)]
    await commit(a, b)
    expect(await store().eventLag()).toEqual({ pending: 2, oldestAt: 10 })
    await store().settleEvents([a.id])
    expect(await store().eventLag()).toEqual({ pending: 1, oldestAt: 20 })
  })

  test('settle once: again, unknown or none at all changes nothing', async () => {
    const [a, b] = [event(10), event(10)]
    await commit(a, b)
    await Promise.all([store().settleEvents([a.id, 'unknown']), store().settleEvents([a.id])])
    await store().settleEvents([])
    expect(await store().pendingEvents(10, 11)).toEqual([b])
  })

  test('that are settled while others are committed do not get lost', async () => {
    const first = Array.from({ length: 20 }, () => event(10))
    await commit(...first)
    const second = event(10)
    await Promise.all([store().settleEvents(first.map(({ id }) => id)), commit(second)])
    expect(await store().pendingEvents(100, 11)).toEqual([second])
  })
}
