/** Runs on a stand-in (test/stand-ins/stripe.ts): the real Stripe was not reached. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import Stripe from 'stripe'
import { derivedId } from '../../../kernel/ids.ts'
import { createTestClock, type TestClock } from '../../../test/clock.ts'
import { type StripeStandIn, startStripe } from '../../../test/stand-ins/stripe.ts'
import { type ChargeRequest, SANDBOX_TOKENS } from './provider.ts'
import { StripeProvider } from './stripe.ts'

const KEY = 'sk_test_standin'
const SECRET = 'whsec_standin'
const HOUR_MS = 3_600_000

let standIn: StripeStandIn
let clock: TestClock
let provider: StripeProvider

function createProvider(timeoutMs = 10_000): StripeProvider {
  const { url } = standIn
  return new StripeProvider({ clock, secretKey: KEY, webhookSecret: SECRET, url, timeoutMs })
}

/** For an ask that is to get no answer. */
function impatient(): StripeProvider {
  return createProvider(400)
}

beforeEach(async () => {
  standIn = await startStripe(KEY)
  clock = createTestClock()
  provider = createProvider()
})

afterEach(() => standIn.close())

function request(token = 'tok_visa', changes: Partial<ChargeRequest> = {}): ChargeRequest {
  return {
    paymentId: derivedId('pay', 'first'),
    orderId: derivedId('ord', 'order'),
    customerId: derivedId('cus', 'customer'),
    amount: { amount: 129_900, currency: 'USD' },
    token,
    createdAt: Date.UTC(2030, 0, 1),
    ...changes,
  }
}

function operations(): string[] {
  return standIn.requests.map(({ operation }) => operation)
}

const captured = { outcome: 'captured', reference: 'pi_1' }
const unknown = { name: 'OutcomeUnknown' }

describe('a charge', () => {
  test('authorizes, then captures, with what names the payment', async () => {
    expect(await provider.charge(request())).toEqual(captured)
    expect(operations()).toEqual(['create', 'capture'])
    const { paymentId, orderId, customerId } = request()
    expect(standIn.intents).toMatchObject([
      {
        amount: 129_900,
        currency: 'usd',
        status: 'succeeded',
        metadata: { paymentId, orderId, customerId },
      },
    ])
  })

  test('takes a PaymentMethod too', async () => {
    expect(await provider.charge(request('pm_card_visa'))).toEqual(captured)
  })

  test('is made once, however often and by whomever it is asked', async () => {
    const asks = Array.from({ length: 8 }, () => createProvider().charge(request()))
    const told = (await Promise.allSettled(asks)).filter(({ status }) => status === 'fulfilled')
    expect(told.length).toBeGreaterThan(0)
    for (const answer of told) expect(answer).toMatchObject({ value: captured })
    expect(await provider.charge(request())).toEqual(captured)
    expect(standIn.intents).toHaveLength(1)
    expect(standIn.capturedMinor()).toBe(129_900)
  })

  const declines = [
    ['tok_chargeDeclined', 'card_declined'],
    ['pm_card_chargeDeclined', 'card_declined'],
    ['tok_chargeDeclinedExpiredCard', 'card_declined'],
    ['tok_chargeDeclinedInsufficientFunds', 'insufficient_funds'],
  ] as const

  test.each(declines)('with %s is declined: %s, every time', async (token, code) => {
    const outcome = { outcome: 'declined', code }
    expect(await provider.charge(request(token))).toEqual(outcome)
    expect(await provider.charge(request(token))).toEqual(outcome)
    clock.advance(23 * HOUR_MS)
    expect(await provider.charge(request(token))).toEqual(outcome)
    expect(standIn.intents).toHaveLength(1)
  })

  test('that Stripe finds invalid fails', async () => {
    const small = { amount: { amount: 1, currency: 'USD' } }
    const reason = 'amount_too_small'
    const outcome = await provider.charge(request('tok_visa', small))
    expect(outcome).toEqual({ outcome: 'failed', reason })
  })

  test('in a currency that Stripe counts in other units is not sent', async () => {
    for (const currency of ['ISK', 'UGX', 'MGA']) {
      const amount = { amount: 5_000, currency }
      const reason = 'currency_unsupported'
      const outcome = await provider.charge(request('tok_visa', { amount }))
      expect(outcome).toEqual({ outcome: 'failed', reason })
    }
    expect(standIn.requests).toEqual([])
  })

  test("with one of the sandbox's tokens, or no token of Stripe's, is not sent", async () => {
    for (const token of [...SANDBOX_TOKENS, '', 'tok_', 'card_visa', 'tok_visa/../x']) {
      expect(provider.knowsToken(token)).toBe(false)
      const outcome = await provider.charge(request(token))
      expect(outcome).toEqual({ outcome: 'failed', reason: 'token_unknown' })
    }
    expect(standIn.requests).toEqual([])
    expect(provider.knowsToken('tok_visa')).toBe(true)
  })
})

describe('a charge that meets a fault is made once when asked again', () => {
  const faults = [
    ['create', 'fail'],
    ['create', 'hang'],
    ['create', 'limit'],
    ['create', 'deny'],
    ['capture', 'fail'],
    ['capture', 'fail_late'],
    ['capture', 'hang'],
    ['capture', 'limit'],
  ] as const

  test.each(faults)('%s: %s', async (operation, fault) => {
    standIn.fault(operation, fault)
    await expect(impatient().charge(request())).rejects.toMatchObject(unknown)
    expect(await provider.charge(request())).toMatchObject({ outcome: 'captured' })
    expect(standIn.capturedMinor()).toBe(129_900)
    expect(standIn.intents).toHaveLength(1)
  })

  test('create: the connection is closed after the effect; the SDK itself asks again', async () => {
    standIn.fault('create', 'drop')
    expect(await provider.charge(request())).toEqual(captured)
    expect(operations()).toEqual(['create', 'create', 'retrieve', 'capture'])
    expect(standIn.intents).toHaveLength(1)
  })

  test('capture: many ask at once for what is authorized', async () => {
    standIn.fault('capture', 'fail')
    await expect(provider.charge(request())).rejects.toMatchObject(unknown)
    const asks = Array.from({ length: 5 }, () => createProvider().charge(request()))
    for (const answer of await Promise.all(asks)) expect(answer).toEqual(captured)
    expect(standIn.capturedMinor()).toBe(129_900)
  })

  test('create: 500 after the effect, which stays uncaptured', async () => {
    standIn.fault('create', 'fail_late')
    await expect(provider.charge(request())).rejects.toMatchObject(unknown)
    const answer = { outcome: 'captured', reference: 'pi_2' }
    expect(await provider.charge(request())).toEqual(answer)
    expect(await provider.charge(request())).toEqual(answer)
    expect(standIn.intents.map(({ status }) => status)).toEqual(['requires_capture', 'succeeded'])
    clock.advance(30 * HOUR_MS)
    expect(await provider.charge(request())).toEqual(answer)
    expect(standIn.capturedMinor()).toBe(129_900)
  })

  test('an authorization that has expired fails', async () => {
    standIn.fault('capture', 'fail')
    await expect(provider.charge(request())).rejects.toMatchObject(unknown)
    standIn.intents[0]!.status = 'canceled'
    const outcome = await provider.charge(request())
    expect(outcome).toEqual({ outcome: 'failed', reason: 'canceled' })
  })
})

describe('a charge older than its key', () => {
  test('that was captured is found', async () => {
    standIn.fault('capture', 'hang')
    await expect(impatient().charge(request())).rejects.toMatchObject(unknown)
    standIn.forgetKeys()
    clock.advance(25 * HOUR_MS)
    expect(await provider.charge(request())).toEqual(captured)
    expect(standIn.capturedMinor()).toBe(129_900)
  })

  test('that was authorized is captured', async () => {
    standIn.fault('create', 'hang')
    await expect(impatient().charge(request())).rejects.toMatchObject(unknown)
    standIn.forgetKeys()
    clock.advance(25 * HOUR_MS)
    expect(await provider.charge(request())).toEqual(captured)
    expect(standIn.intents).toHaveLength(1)
  })

  test('that never was is not made, but fails once the search can be trusted', async () => {
    clock.advance(21 * HOUR_MS)
    await expect(provider.charge(request())).rejects.toMatchObject(unknown)
    clock.advance(HOUR_MS)
    const outcome = await provider.charge(request())
    expect(outcome).toEqual({ outcome: 'failed', reason: 'not_found' })
    expect(standIn.intents).toEqual([])
  })
})

describe('a refund', () => {
  function refund(name: string, amount = 50_000, by = provider) {
    return by.refund({
      refundId: derivedId('ref', name),
      paymentId: derivedId('pay', 'first'),
      reference: 'pi_1',
      amount: { amount, currency: 'USD' },
    })
  }

  beforeEach(() => provider.charge(request()))

  test('is made once, however often it is asked', async () => {
    const asks = await Promise.allSettled([refund('a'), refund('a'), refund('a')])
    const outcome = { outcome: 'refunded', reference: 're_1' }
    for (const ask of asks.filter(({ status }) => status === 'fulfilled')) {
      expect(ask).toMatchObject({ value: outcome })
    }
    expect(await refund('a')).toEqual(outcome)
    standIn.forgetKeys()
    expect(await refund('a')).toEqual(outcome)
    const { paymentId } = request()
    expect(standIn.refunds).toMatchObject([
      { amount: 50_000, metadata: { refundId: derivedId('ref', 'a'), paymentId } },
    ])
  })

  const faults = ['fail', 'fail_late', 'hang', 'limit'] as const

  test.each(faults)('that meets a fault is made once when asked again: %s', async (fault) => {
    standIn.fault('refund', fault)
    await expect(refund('a', 50_000, impatient())).rejects.toMatchObject(unknown)
    expect(await refund('a')).toEqual({ outcome: 'refunded', reference: 're_1' })
    expect(standIn.refunds).toHaveLength(1)
  })

  test('of more than is left fails, and so does one that the bank sends back', async () => {
    expect(await refund('a', 130_000)).toEqual({ outcome: 'failed', reason: 'amount_too_large' })
    await refund('b')
    Object.assign(standIn.refunds[0]!, { status: 'failed', failure_reason: 'expired_card' })
    expect(await refund('b')).toEqual({ outcome: 'failed', reason: 'expired_card' })
  })
})

test('no error repeats the token, the key or what Stripe says', async () => {
  for (const fault of ['fail', 'limit', 'deny', 'hang'] as const) {
    standIn.fault('create', fault)
    const ask = request('tok_chargeDeclined', { paymentId: derivedId('pay', fault) })
    const error = await impatient()
      .charge(ask)
      .catch((thrown) => thrown)
    expect(Object.keys(error)).toEqual(['name'])
    expect(error.cause).toBeUndefined()
    expect(error.message).toMatch(/^stripe: Stripe\w+, status (\d+|-), code (\w+|-), (\w+|-)$/)
  }
  const missing = await provider.charge(request('tok_nobody_has'))
  expect(missing).toEqual({ outcome: 'failed', reason: 'resource_missing' })
})

describe('a webhook', () => {
  const metadata = { paymentId: 'pay_1', orderId: 'ord_1', customerId: 'cus_1' }
  const event = (object: object) =>
    JSON.stringify({ id: 'evt_1', object: 'event', data: { object } })
  const body = event({ object: 'payment_intent', metadata })
  const refused = expect.objectContaining({ type: 'webhook_refused', code: 400 })

  function signed(payload: string, secret = SECRET, agoMs = 0) {
    const timestamp = Math.floor((clock.now() - agoMs) / 1000)
    const stripe = new Stripe(KEY)
    const options = { payload, secret, timestamp }
    return { 'stripe-signature': stripe.webhooks.generateTestHeaderString(options) }
  }

  test('that is genuine names what it is about', async () => {
    const notice = { id: 'evt_1', paymentId: 'pay_1', refundId: undefined }
    expect(await provider.readWebhook(body, signed(body))).toEqual(notice)
    const refund = event({ object: 'refund', metadata: { ...metadata, refundId: 'ref_1' } })
    const named = { ...notice, refundId: 'ref_1' }
    expect(await provider.readWebhook(refund, signed(refund))).toEqual(named)
    const other = event({ object: 'customer' })
    const nothing = { ...notice, paymentId: undefined }
    expect(await provider.readWebhook(other, signed(other))).toEqual(nothing)
  })

  test('is refused when it was changed, signed by another, unsigned, old or not JSON', async () => {
    const bad: [string, Record<string, string | undefined>][] = [
      [body.replace('pay_1', 'pay_2'), signed(body)],
      [body, signed(body, 'whsec_other')],
      [body, { 'stripe-signature': 't=1,v1=00' }],
      [body, {}],
      [body, signed(body, SECRET, HOUR_MS)],
      ['{', signed('{')],
    ]
    for (const [text, headers] of bad) {
      await expect(provider.readWebhook(text, headers)).rejects.toEqual(refused)
    }
  })

  test('is refused when no secret is configured', async () => {
    const { url } = standIn
    const closed = new StripeProvider({ clock, secretKey: KEY, webhookSecret: undefined, url })
    await expect(closed.readWebhook(body, signed(body))).rejects.toEqual(refused)
  })
})
