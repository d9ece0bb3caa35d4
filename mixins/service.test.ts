import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { ServiceBroker } from 'moleculer'
import Type from 'typebox'
import { action, contract, object } from '../kernel/contract.ts'
import { createTestClock, type TestClock } from '../test/clock.ts'
import { type CallMeta, implement } from './service.ts'

const doorContract = contract('door', 3, {
  open: action({
    params: object({ who: Type.String() }),
    result: object({ said: Type.String() }),
    idempotent: true,
  }),
})

let clock: TestClock
let broker: ServiceBroker
let asked: string[]
beforeEach(async () => {
  clock = createTestClock()
  asked = []
  broker = new ServiceBroker({ logger: false, registry: { stopDelay: 0 } })
  const handlers = {
    async open({ who }: { who: string }, { meta }: { meta: CallMeta }) {
      asked.push(who)
      return { said: `${who} ${meta.requestId}` }
    },
  }
  broker.createService(implement(doorContract, handlers, clock))
  await broker.start()
})
afterEach(() => broker.stop())

function open(meta: CallMeta): Promise<unknown> {
  return broker.call('door.open', { who: 'Ann' }, { meta })
}

describe('an implemented contract', () => {
  test('is called by its name, with parameters and meta, and tells its version', async () => {
    expect(await open({ requestId: 'r1' })).toEqual({ said: 'Ann r1' })
    const { metadata } = broker.getLocalService('door')
    expect(metadata).toMatchObject({ contractVersion: 3 })
  })

  test('does no work for which nobody waits any more', async () => {
    const deadline = clock.now() + 10
    clock.advance(10)
    await open({ deadline })
    clock.advance(1)
    await expect(open({ deadline })).rejects.toMatchObject({ type: 'unavailable', code: 503 })
    expect(asked).toHaveLength(1)
  })
})
