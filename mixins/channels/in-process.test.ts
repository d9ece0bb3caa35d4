import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import channels from '@moleculer/channels'
import { ServiceBroker } from 'moleculer'
import { createTestClock, type TestClock } from '../../test/clock.ts'
import type { StoredEvent } from '../store/store.ts'
import { type DeadLetter, InProcessChannels } from './in-process.ts'

interface Handled {
  group: string
  event: StoredEvent
}

const event: StoredEvent = {
  id: 'thing.1.0',
  type: 'thing.added',
  key: 'a',
  at: 7,
  payload: { tags: ['new'] },
}

let clock: TestClock
let channel: InProcessChannels
let broker: ServiceBroker
let handled: Handled[]
let letters: DeadLetter[]
/** What each group does with an event before it counts as handled. */
let handling: Record<string, (event: StoredEvent) => unknown>
let bury: (letter: DeadLetter) => Promise<void>

beforeEach(async () => {
  clock = createTestClock()
  handled = []
  letters = []
  handling = {}
  bury = async (letter) => void letters.push(letter)
  channel = new InProcessChannels({ clock, bury: (letter) => bury(letter) })
  broker = new ServiceBroker({
    namespace: 'test',
    logger: false,
    registry: { stopDelay: 0 },
    middlewares: [channels.Middleware({ adapter: channel } as never)],
  })
  for (const name of ['mail', 'ledger']) subscribe(name)
  await broker.start()
})
afterEach(() => broker.stop())

/** Makes a service of that name, which is a group of its own unless `options` name another. */
function subscribe(name: string, options: object = {}): void {
  const handler = async (received: StoredEvent) => {
    await handling[name]?.(received)
    handled.push({ group: name, event: received })
  }
  broker.createService({
    name,
    channels: { 'thing.added': { ...options, handler } },
  } as never)
}

async function subscribeLate(name: string, options: object = {}): Promise<void> {
  subscribe(name, options)
  await broker.waitForServices(name, 1_000, 5)
}

function publish(options?: { group?: string }): Promise<void> {
  return channel.publish(channel.addPrefixTopic('thing.added'), event, options)
}

function groups(): string[] {
  return handled.map(({ group }) => group).sort()
}

function fail(): never {
  throw new Error('no')
}

function gate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { wait: () => promise, open: resolve }
}

/** Whether `promise` has settled, once all that can happen without time has happened. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  const settle = () => {
    settled = true
  }
  promise.then(settle, settle)
  await setImmediate()
  return settled
}

describe('a message', () => {
  test('reaches every group once; then its publish resolves', async () => {
    const slow = gate()
    handling.ledger = slow.wait
    const published = publish()
    expect(await isSettled(published)).toBe(false)
    expect(groups()).toEqual(['mail'])
    slow.open()
    await published
    expect(groups()).toEqual(['ledger', 'mail'])
    expect(handled[0]!.event).toEqual(event)
  })

  test('reaches one of the services of a group', async () => {
    for (const name of ['one', 'other']) await subscribeLate(name, { group: 'both' })
    await publish()
    expect(groups().filter((name) => name === 'one' || name === 'other')).toHaveLength(1)
  })

  test('reaches only the group that it is meant for', async () => {
    await publish({ group: 'ledger' })
    expect(groups()).toEqual(['ledger'])
  })

  test('that a handler changes is whole for the others, its retry and the letters', async () => {
    handling.mail = (received) => {
      expect(received).toEqual(event)
      const { tags } = received.payload as { tags: string[] }
      tags.push('changed')
      received.key = 'changed'
      fail()
    }
    const before = structuredClone(event)
    const published = publish()
    await retryUntilLast()
    await published
    expect(event).toEqual(before)
    expect(handled[0]!.event).toEqual(before)
    expect(letters[0]!.payload).toEqual(before)
    expect(letters[0]!.error).toBe('no')
  })
})

/** Through the five pauses; each is as long as it says. */
async function retryUntilLast(): Promise<void> {
  for (const pauseMs of [100, 200, 400, 800, 1_600]) {
    await clock.scheduled(1)
    clock.advance(pauseMs)
  }
}

describe('a handler that fails', () => {
  test('is asked again after pauses that grow, and not once it succeeds', async () => {
    let attempts = 0
    handling.mail = () => {
      attempts += 1
      if (attempts < 6) fail()
    }
    const published = publish()
    for (const [retries, pauseMs] of [100, 200, 400, 800, 1_600].entries()) {
      await clock.scheduled(1)
      clock.advance(pauseMs - 1)
      await setImmediate()
      expect(attempts).toBe(retries + 1)
      clock.advance(1)
    }
    await published
    expect(attempts).toBe(6)
    expect(groups()).toEqual(['ledger', 'mail'])
    expect(letters).toEqual([])
  })

  test('to the last has its message buried, and the publish resolves', async () => {
    handling.mail = fail
    const published = publish()
    await retryUntilLast()
    await published
    const name = 'test.thing.added'
    expect(letters).toEqual([
      { channel: name, group: 'mail', payload: event, attempts: 6, error: 'no' },
    ])
    expect(groups()).toEqual(['ledger'])
    expect(channel).toMatchObject({ pauses: new Set(), underWay: new Set() })
  })

  test('may ask for fewer attempts', async () => {
    await subscribeLate('hasty', { maxRetries: 0 })
    handling.hasty = fail
    await publish()
    expect(letters).toMatchObject([{ group: 'hasty', attempts: 1 }])
  })

  test('whose message cannot be buried fails the publish, once all others are done', async () => {
    const slow = gate()
    await subscribeLate('hasty', { maxRetries: 0 })
    handling.hasty = fail
    handling.ledger = slow.wait
    bury = async () => {
      throw new Error('disk full')
    }
    const published = publish()
    expect(await isSettled(published)).toBe(false)
    slow.open()
    await expect(published).rejects.toThrow('disk full')
    expect(groups()).toEqual(['ledger', 'mail'])
  })
})

describe('what stops', () => {
  test('waits for the handlers under way', async () => {
    const slow = gate()
    handling.mail = slow.wait
    const published = publish()
    const stopped = broker.stop()
    while (channel.connected) await setImmediate()
    expect(await isSettled(stopped)).toBe(false)
    slow.open()
    await stopped
    await published
    expect(groups()).toEqual(['ledger', 'mail'])
  })

  test('gives up the retries that wait: their publish fails', async () => {
    let attempts = 0
    handling.mail = () => {
      attempts += 1
      fail()
    }
    const published = publish()
    const failing = expect(published).rejects.toThrow('mail has stopped')
    await clock.scheduled(1)
    await broker.stop()
    await failing
    expect(attempts).toBe(1)
    expect(letters).toEqual([])
  })

  test('does not bury what fails for the last time because all is stopping', async () => {
    const slow = gate()
    await subscribeLate('hasty', { maxRetries: 0 })
    handling.hasty = () => slow.wait().then(fail)
    const failing = expect(publish()).rejects.toThrow('no')
    const stopped = broker.stop()
    while (channel.connected) await setImmediate()
    slow.open()
    await Promise.all([stopped, failing])
    expect(letters).toEqual([])
  })

  test('takes no more messages, so that none is taken for handled', async () => {
    await broker.stop()
    await expect(publish()).rejects.toThrow('not connected')
    expect(handled).toEqual([])
  })

  test('one service: what its group has not got is not lost to it', async () => {
    await broker.destroyService('mail')
    await expect(publish()).rejects.toThrow('mail has stopped')
    expect(groups()).toEqual(['ledger'])
    await subscribeLate('mail')
    await publish({ group: 'mail' })
    expect(groups()).toEqual(['ledger', 'mail'])
  })
})
