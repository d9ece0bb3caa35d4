import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Webhook } from 'standardwebhooks'
import { isRefusal } from '../../../kernel/errors.ts'
import { derivedId } from '../../../kernel/ids.ts'
import { createEmbeddedStore } from '../../../mixins/store/embedded.ts'
import { type Store, UnavailableError } from '../../../mixins/store/store.ts'
import { createTestClock, type TestClock } from '../../../test/clock.ts'
import type { ChargeRequest } from './provider.ts'
import { listCharges, SandboxProvider, sandboxCharges } from './sandbox.ts'

const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes here').toString('base64')}`

let folder: string
let store: Store
let clock: TestClock
let sandbox: SandboxProvider

/** What a node does after a crash: everything but the file is new. */
async function restart() {
  if (store) await store.close()
  store = createEmbeddedStore({ dataDir: folder, collections: [sandboxCharges] })
  await store.open()
  sandbox = new SandboxProvider({ store, clock, webhookSecret: SECRET })
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stoa-sandbox-'))
  clock = createTestClock()
  await restart()
})

afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

function request(token: string, name = 'first'): ChargeRequest {
  return {
    paymentId: derivedId('pay', name),
    orderId: derivedId('ord', 'order'),
    customerId: derivedId('cus', 'customer'),
    amount: { amount: 129_900, currency: 'USD' },
    token,
    createdAt: clock.now(),
  }
}

async function statuses(): Promise<string[]> {
  const rows = await listCharges(store, derivedId('ord', 'order'))
  return rows.map(({ status }) => status).sort()
}

const unknown = { name: 'OutcomeUnknown' }
const captured = { outcome: 'captured', reference: expect.stringMatching(/^chg_[0-9a-z]{26}$/) }

describe('each token', () => {
  const cases = [
    ['tok_ok', captured, 'charged'],
    ['tok_declined', { outcome: 'declined', code: 'card_declined' }, 'failed'],
    ['tok_insufficient_funds', { outcome: 'declined', code: 'insufficient_funds' }, 'failed'],
    ['tok_error', { outcome: 'failed', reason: 'provider_error' }, 'failed'],
  ] as const

  test.each(cases)('%s has one answer, however often it is asked', async (token, answer, row) => {
    expect(await sandbox.charge(request(token))).toEqual(answer)
    expect(await sandbox.charge(request(token))).toEqual(answer)
    await restart()
    expect(await sandbox.charge(request(token))).toEqual(answer)
    expect(await statuses()).toEqual([row])
  })

  test('tok_slow is charged after 5 seconds, once, although two ask', async () => {
    const asks = [sandbox.charge(request('tok_slow')), sandbox.charge(request('tok_slow'))]
    await clock.scheduled(2)
    clock.advance(4_999)
    expect(await statuses()).toEqual([])
    clock.advance(1)
    const [one, other] = await Promise.all(asks)
    expect(one).toEqual(captured)
    expect(other).toEqual(one)
    expect(await statuses()).toEqual(['charged'])
    expect(await sandbox.charge(request('tok_slow'))).toEqual(one)
  })

  test('tok_flaky fails twice, counted across restarts, then is charged', async () => {
    await expect(sandbox.charge(request('tok_flaky'))).rejects.toMatchObject(unknown)
    await restart()
    await expect(sandbox.charge(request('tok_flaky'))).rejects.toMatchObject(unknown)
    await restart()
    expect(await statuses()).toEqual(['failed', 'failed'])
    expect(await sandbox.charge(request('tok_flaky'))).toEqual(captured)
    expect(await sandbox.charge(request('tok_flaky'))).toEqual(captured)
    expect(await statuses()).toEqual(['charged', 'failed', 'failed'])
  })

  test('tok_flaky fails two of three asks that come at once', async () => {
    const asks = [1, 2, 3].map(() => sandbox.charge(request('tok_flaky')))
    const settled = await Promise.allSettled(asks)
    expect(settled.map(({ status }) => status).sort()).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
    ])
    expect(await statuses()).toEqual(['charged', 'failed', 'failed'])
  })

  test('tok_timeout_after_charge has charged although the answer is lost', async () => {
    const lost = sandbox.charge(request('tok_timeout_after_charge'))
    await expect(lost).rejects.toMatchObject(unknown)
    expect(await statuses()).toEqual(['charged'])
    await restart()
    expect(await sandbox.charge(request('tok_timeout_after_charge'))).toEqual(captured)
    expect(await statuses()).toEqual(['charged'])
  })

  test('any other is unknown and has no effect', async () => {
    for (const token of ['tok_visa', 'pm_card_visa', 'TOK_OK', '', 'toString']) {
      expect(sandbox.knowsToken(token)).toBe(false)
      expect(await sandbox.charge(request(token))).toMatchObject({ outcome: 'failed' })
    }
    expect(await statuses()).toEqual([])
  })
})

describe('a charge', () => {
  test('is made once for twenty asks at once from two nodes', async () => {
    const other = new SandboxProvider({ store, clock, webhookSecret: undefined })
    const asks = Array.from({ length: 20 }, (_, i) =>
      (i % 2 ? other : sandbox).charge(request('tok_ok')),
    )
    const references = new Set((await Promise.all(asks)).map((answer) => JSON.stringify(answer)))
    expect(references.size).toBe(1)
    expect(await statuses()).toEqual(['charged'])
  })

  test('keeps its first answer when asked again with another token', async () => {
    await sandbox.charge(request('tok_declined'))
    const again = await sandbox.charge(request('tok_ok'))
    expect(again).toEqual({ outcome: 'declined', code: 'card_declined' })
    expect(await statuses()).toEqual(['failed'])
  })

  test('of another payment is another charge', async () => {
    await sandbox.charge(request('tok_ok'))
    await sandbox.charge(request('tok_ok', 'second'))
    expect(await statuses()).toEqual(['charged', 'charged'])
  })

  test('whose commit fails is found or made by the next ask', async () => {
    const failing: Store = Object.create(store, {
      commit: {
        value: async (commit: Parameters<Store['commit']>[0]) => {
          await store.commit(commit)
          throw new UnavailableError('the answer of the database is lost')
        },
      },
    })
    const unlucky = new SandboxProvider({ store: failing, clock, webhookSecret: undefined })
    await expect(unlucky.charge(request('tok_ok'))).rejects.toThrow(UnavailableError)
    expect(await sandbox.charge(request('tok_ok'))).toEqual(captured)
    expect(await statuses()).toEqual(['charged'])
  })
})

describe('a refund', () => {
  const usd = (amount: number) => ({ amount, currency: 'USD' })

  function refund(name: string, amount = usd(50_000), payment = 'first') {
    const paymentId = derivedId('pay', payment)
    const reference = derivedId('chg', paymentId)
    return sandbox.refund({ refundId: derivedId('ref', name), paymentId, reference, amount })
  }

  test('is made once per id, also after a restart, and is a row', async () => {
    await sandbox.charge(request('tok_ok'))
    clock.advance(1_000)
    const first = await refund('a')
    expect(first).toMatchObject({ outcome: 'refunded' })
    await restart()
    expect(await refund('a')).toEqual(first)
    const rows = await listCharges(store, derivedId('ord', 'order'))
    expect(rows.map(({ status, amount }) => [status, amount.amount])).toEqual([
      ['charged', 129_900],
      ['refunded', 50_000],
    ])
  })

  test('never gives back more than was charged, whatever comes at once', async () => {
    await sandbox.charge(request('tok_ok'))
    const names = ['a', 'b', 'c', 'd', 'a', 'b', 'c', 'd']
    const outcomes = await Promise.all(names.map((name) => refund(name)))
    for (const [i, name] of names.entries()) {
      expect(outcomes[i]).toEqual(outcomes[names.indexOf(name)])
    }
    expect(await statuses()).toEqual(['charged', 'refunded', 'refunded'])
    expect(await refund('rest', usd(29_900))).toMatchObject({ outcome: 'refunded' })
    expect(await refund('more', usd(1))).toEqual({ outcome: 'failed', reason: 'refund_too_high' })
  })

  test('of what was not charged, or in another currency, fails', async () => {
    expect(await refund('a')).toEqual({ outcome: 'failed', reason: 'not_charged' })
    await sandbox.charge(request('tok_declined', 'second'))
    expect(await refund('b', usd(1), 'second')).toMatchObject({ outcome: 'failed' })
    await sandbox.charge(request('tok_ok'))
    const yen = { amount: 1, currency: 'JPY' }
    expect(await refund('c', yen)).toMatchObject({ outcome: 'failed' })
  })
})

describe('a webhook', () => {
  const body = JSON.stringify({ type: 'payment.captured', data: { paymentId: 'pay_1' } })

  function signed(text: string, { secret = SECRET, at = new Date(), id = 'msg_1' } = {}) {
    return {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, at, text),
    }
  }

  const refused = expect.objectContaining({ type: 'webhook_refused', code: 400 })

  test('that is genuine names what it is about', async () => {
    const notice = { id: 'msg_1', paymentId: 'pay_1', refundId: undefined }
    expect(await sandbox.readWebhook(body, signed(body))).toEqual(notice)
    const refund = JSON.stringify({ data: { paymentId: 'pay_1', refundId: 'ref_1' } })
    const named = { ...notice, refundId: 'ref_1' }
    expect(await sandbox.readWebhook(refund, signed(refund))).toEqual(named)
  })

  test('that is genuine may be about nothing of ours', async () => {
    const nothing = { id: 'msg_1', paymentId: undefined, refundId: undefined }
    const object = '{"data":{"paymentId":{"$gt":""}}}'
    for (const text of ['', '{}', 'null', '[]', '{"data":null}', object]) {
      expect(await sandbox.readWebhook(text, signed(text))).toEqual(nothing)
    }
  })

  test('is refused when it was changed, signed by another, unsigned, old or not JSON', async () => {
    const other = `whsec_${Buffer.from('some other secret of 32 bytes').toString('base64')}`
    const good = signed(body)
    const hourAgo = new Date(Date.now() - 3_600_000)
    const bad: [string, Record<string, string | undefined>][] = [
      [body.replace('pay_1', 'pay_2'), good],
      [body, signed(body, { secret: other })],
      [body, { ...good, 'webhook-id': 'msg_2' }],
      [body, { ...good, 'webhook-timestamp': '1' }],
      [body, { ...good, 'webhook-signature': 'v1' }],
      [body, { ...good, 'webhook-signature': undefined }],
      [body, {}],
      [body, signed(body, { at: hourAgo })],
      ['{', signed('{')],
    ]
    for (const [text, headers] of bad) {
      const failure = await sandbox.readWebhook(text, headers).catch((error) => error)
      expect(isRefusal(failure)).toBe(true)
      expect(failure).toEqual(refused)
    }
  })

  test('is refused when no secret is configured', async () => {
    const closed = new SandboxProvider({ store, clock, webhookSecret: undefined })
    await expect(closed.readWebhook(body, signed(body))).rejects.toEqual(refused)
  })
})
