import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { createTestClock } from '../../test/clock.ts'
import { type FaultyStore, openFaultyStore } from '../../test/faulty-store.ts'
import { ConflictError, type StoredEvent } from '../store/store.ts'
import { bury, deadLetters, type StoredDeadLetter } from './dead-letters.ts'

const clock = createTestClock()
let store: FaultyStore
let event: StoredEvent
let events = 0
beforeAll(async () => {
  store = await openFaultyStore([deadLetters])
})
afterAll(() => store.dispose())
beforeEach(() => {
  store.calm()
  events += 1
  event = { id: `thing.${events}.0`, type: 'thing.added', key: 'a', at: 7, payload: { n: 1 } }
})

function letter(error = 'no', payload = event, group = 'mail') {
  return { channel: 'thing.added', group, payload, attempts: 6, error }
}

async function letters(): Promise<StoredDeadLetter[]> {
  const all = await store.find(deadLetters, { limit: 100 })
  return all.filter(({ payload }) => payload.id === event.id)
}

test('a message that fails again replaces its letter', async () => {
  await bury(store, clock, letter('first'))
  clock.advance(5)
  await bury(store, clock, letter('second'))
  const id = expect.stringMatching(/^evt_[0-9a-z]{26}$/)
  const at = clock.now()
  expect(await letters()).toEqual([{ id, version: 2, at, ...letter('second') }])
})

test('it is the same message when its fields come in another order', async () => {
  await bury(store, clock, letter())
  const { id, type, ...rest } = event
  await bury(store, clock, letter('no', { ...rest, type, id }))
  expect(await letters()).toHaveLength(1)
})

test('each group has a letter of its own', async () => {
  await bury(store, clock, letter())
  await bury(store, clock, letter('no', event, 'ledger'))
  expect(await letters()).toHaveLength(2)
})

test('two deliveries that fail at once leave one letter', async () => {
  store.before('commit', () => bury(store, clock, letter('first')))
  await bury(store, clock, letter('second'))
  expect(await letters()).toMatchObject([{ version: 2, error: 'second' }])
})

test('a letter that an operator removes meanwhile is written anew', async () => {
  await bury(store, clock, letter('first'))
  const [{ id, version }] = (await letters()) as [StoredDeadLetter]
  store.before('commit', () =>
    store.commit({
      key: id,
      writes: [{ op: 'remove', collection: deadLetters, id, ifVersion: version }],
    }),
  )
  await bury(store, clock, letter('second'))
  expect(await letters()).toMatchObject([{ version: 1, error: 'second' }])
})

test('a letter that cannot be written is an error: the message must come again', async () => {
  for (let i = 0; i < 20; i += 1) {
    store.before('commit', () => {
      throw new ConflictError('another was first')
    })
  }
  await expect(bury(store, clock, letter())).rejects.toThrow(ConflictError)
  expect(await letters()).toEqual([])
})
