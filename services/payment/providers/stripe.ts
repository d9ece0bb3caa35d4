/**
 * Stripe: PaymentIntents that are authorized and captured by the official SDK, in two steps.
 *
 * Never charged twice: money moves at the capture only, and Stripe captures an intent once. A
 * payment is authorized under an Idempotency-Key made of its id, so whoever asks again finds the
 * same intent. Stripe may forget a key after 24 hours; well before, no intent is created for the
 * payment any more, but searched for. An intent that Stripe lost in an error of its own is
 * abandoned uncaptured.
 */
import Stripe from 'stripe'
import type { Clock } from '../../../kernel/clock.ts'
import { webhookRefused } from '../payment.contract.ts'
import {
  type ChargeOutcome,
  type ChargeRequest,
  isSandboxToken,
  noticeOf,
  OutcomeUnknown,
  type PaymentProvider,
  type RefundOutcome,
  type RefundRequest,
  type WebhookHeaders,
  type WebhookNotice,
} from './provider.ts'

/** Of one request; a charge makes 2, after faults at most `MAX_KEYS` + 3. */
const TIMEOUT_MS = 10_000
const MAX_KEYS = 4
const HOUR_MS = 3_600_000
/** Keys live at least 24 hours: https://docs.stripe.com/api/idempotent_requests */
const KEYS_TRUSTED_MS = 20 * HOUR_MS
/** A search may be an hour behind: https://docs.stripe.com/api/payment_intents/search */
const SEARCH_TRUSTED_MS = 22 * HOUR_MS
const MAX_REFUNDS = 1_000
/** Stripe's smallest unit is not that of ISO 4217: https://docs.stripe.com/currencies */
const OTHER_UNITS = ['ISK', 'MGA', 'UGX']

const { StripeAPIError, StripeCardError, StripeError, StripeInvalidRequestError } = Stripe.errors

export interface StripeOptions {
  clock: Clock
  secretKey: string
  /** Without one every webhook is refused. */
  webhookSecret: string | undefined
  /** Origin of a stand-in; Stripe itself when undefined. */
  url: string | undefined
  timeoutMs?: number
}

export class StripeProvider implements PaymentProvider {
  readonly name = 'stripe'
  private readonly clock: Clock
  private readonly stripe: Stripe
  private readonly webhookSecret: string | undefined

  constructor({ clock, secretKey, webhookSecret, url, timeoutMs = TIMEOUT_MS }: StripeOptions) {
    this.clock = clock
    this.webhookSecret = webhookSecret
    this.stripe = new Stripe(secretKey, {
      ...(url === undefined ? {} : addressOf(new URL(url))),
      timeout: timeoutMs,
      maxNetworkRetries: 0,
      telemetry: false,
    })
  }

  /** A PaymentMethod `pm_…` or a card token `tok_…`, as Stripe.js makes them. */
  knowsToken(token: string): boolean {
    return /^(pm|tok)_\w{1,250}$/.test(token) && !isSandboxToken(token)
  }

  async charge(request: ChargeRequest): Promise<ChargeOutcome> {
    if (!this.knowsToken(request.token)) return failed('token_unknown')
    if (OTHER_UNITS.includes(request.amount.currency)) return failed('currency_unsupported')
    const ageMs = this.clock.now() - request.createdAt
    return asking(() =>
      ageMs < KEYS_TRUSTED_MS ? this.authorize(request) : this.lookUp(request, ageMs),
    )
  }

  async refund(request: RefundRequest): Promise<RefundOutcome> {
    return asking(async () => {
      const refund = (await this.findRefund(request)) ?? (await this.createRefund(request))
      if (typeof refund === 'string') return failed(refund)
      const { id, status, failure_reason } = refund
      if (status === 'failed' || status === 'canceled') return failed(failure_reason ?? status)
      return { outcome: 'refunded', reference: id }
    })
  }

  /** Any event on an object that bears Stoa's metadata: payment intents, charges, refunds. */
  async readWebhook(rawBody: string, headers: WebhookHeaders): Promise<WebhookNotice> {
    const signature = headers['stripe-signature']
    if (!this.webhookSecret) throw webhookRefused('no webhook secret is configured')
    if (!signature) throw webhookRefused('the signature is missing')
    const receivedAt = this.clock.now()
    const event = await this.stripe.webhooks
      .constructEventAsync(rawBody, signature, this.webhookSecret, undefined, undefined, receivedAt)
      .catch(() => {
        throw webhookRefused('the signature does not match the body')
      })
    return noticeOf(event.id, (event.data.object as { metadata?: unknown }).metadata)
  }

  private async authorize(request: ChargeRequest): Promise<ChargeOutcome> {
    let intent: Stripe.Response<Stripe.PaymentIntent>
    try {
      intent = await keyed(request.paymentId, (options) =>
        this.stripe.paymentIntents.create(intentParams(request), options),
      )
    } catch (error) {
      if (error instanceof StripeCardError) return declined(error.decline_code)
      if (error instanceof StripeInvalidRequestError) return failed(error.code ?? 'invalid_request')
      throw error
    }
    // A replayed answer tells what the intent was at first, not what it is now.
    return this.settle(isReplay(intent.lastResponse.headers) ? await this.read(intent.id) : intent)
  }

  /** The intent that a payment too old for its key may have. */
  private async lookUp({ paymentId }: ChargeRequest, ageMs: number): Promise<ChargeOutcome> {
    const query = `metadata['paymentId']:'${paymentId}'`
    const found = await this.stripe.paymentIntents.search({ query, limit: 2 * MAX_KEYS })
    const intents = await Promise.all(found.data.map(({ id }) => this.read(id)))
    const newest = intents.toSorted((a, b) => b.created - a.created)[0]
    const intent = intents.find(({ status }) => status === 'succeeded') ?? newest
    if (intent) return this.settle(intent)
    if (ageMs < SEARCH_TRUSTED_MS) throw new OutcomeUnknown('stripe: not found yet')
    return failed('not_found')
  }

  private async settle(intent: Stripe.PaymentIntent): Promise<ChargeOutcome> {
    switch (intent.status) {
      case 'succeeded':
        return { outcome: 'captured', reference: intent.id }
      case 'requires_capture':
        return this.capture(intent.id)
      case 'requires_payment_method':
        return declined(intent.last_payment_error?.decline_code)
      case 'processing':
        throw new OutcomeUnknown('stripe: still processing')
      default:
        // Canceled, or it waits for a step that only we could take and never do.
        return failed(intent.status)
    }
  }

  /** Needs no key of ours: that an intent can be captured once is what makes it safe to repeat. */
  private async capture(id: string): Promise<ChargeOutcome> {
    try {
      return await this.settle(await this.stripe.paymentIntents.capture(id))
    } catch (error) {
      if (!(error instanceof StripeInvalidRequestError)) throw error
      // Another ask has captured it, or the authorization has expired.
      const intent = await this.read(id)
      if (intent.status === 'requires_capture') throw error
      return this.settle(intent)
    }
  }

  private read(id: string): Promise<Stripe.PaymentIntent> {
    return this.stripe.paymentIntents.retrieve(id)
  }

  /** Looks before it creates: the key alone would not outlive a fault of Stripe's, or a day. */
  private async findRefund(request: RefundRequest): Promise<Stripe.Refund | undefined> {
    const refunds = await this.stripe.refunds
      .list({ payment_intent: request.reference, limit: 100 })
      .autoPagingToArray({ limit: MAX_REFUNDS })
    return refunds.find(({ metadata }) => metadata?.refundId === request.refundId)
  }

  /** The refund, or the code of the error for which there will be none. */
  private async createRefund(request: RefundRequest): Promise<Stripe.Refund | string> {
    const { refundId, paymentId, reference, amount } = request
    try {
      return await keyed(refundId, (options) =>
        this.stripe.refunds.create(
          {
            payment_intent: reference,
            amount: amount.amount,
            metadata: { refundId, paymentId },
          },
          options,
        ),
      )
    } catch (error) {
      if (error instanceof StripeInvalidRequestError) return error.code ?? 'invalid_request'
      throw error
    }
  }
}

function addressOf(url: URL): Stripe.StripeConfig {
  const protocol = url.protocol === 'http:' ? 'http' : 'https'
  return { protocol, host: url.hostname, port: url.port || (protocol === 'http' ? 80 : 443) }
}

function intentParams(request: ChargeRequest): Stripe.PaymentIntentCreateParams {
  const { paymentId, orderId, customerId, amount, token } = request
  // The SDK's types leave out the card that `payment_method_data` takes a token in.
  const card = {
    type: 'card',
    card: { token },
  } as Stripe.PaymentIntentCreateParams.PaymentMethodData
  return {
    amount: amount.amount,
    currency: amount.currency.toLowerCase(),
    capture_method: 'manual',
    confirm: true,
    // There is no customer's browser to send to a bank's page: such a card is declined at once.
    error_on_requires_action: true,
    allowed_payment_method_types: ['card'],
    ...(token.startsWith('pm_') ? { payment_method: token } : { payment_method_data: card }),
    metadata: { paymentId, orderId, customerId },
  }
}

/**
 * Sends under an Idempotency-Key made of `name`. Stripe repeats the first answer to a key, its own
 * faults too: such a repeat says that this key leads nowhere, and the next one is tried.
 */
async function keyed<T>(
  name: string,
  send: (options: Stripe.RequestOptions) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send({ idempotencyKey: `${name}/${attempt}` })
    } catch (error) {
      const fault = error instanceof StripeAPIError && (error.statusCode ?? 0) >= 500
      if (!fault || !isReplay(error.headers) || attempt === MAX_KEYS) throw error
    }
  }
}

function isReplay(headers: Record<string, string> | undefined): boolean {
  return headers?.['idempotent-replayed'] === 'true'
}

/** What Stripe's errors say may quote the token: only their kind is passed on. */
async function asking<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof StripeError)) throw error
    const { type, statusCode = '-', code = '-', requestId = '-' } = error
    throw new OutcomeUnknown(`stripe: ${type}, status ${statusCode}, code ${code}, ${requestId}`)
  }
}

function declined(declineCode: string | undefined): ChargeOutcome {
  const funds = declineCode === 'insufficient_funds'
  return { outcome: 'declined', code: funds ? 'insufficient_funds' : 'card_declined' }
}

function failed(reason: string): { outcome: 'failed'; reason: string } {
  return { outcome: 'failed', reason }
}
