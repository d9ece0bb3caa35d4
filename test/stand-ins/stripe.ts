/**
 * A STAND-IN for Stripe's HTTP API, for tests. It was written from Stripe's public documentation;
 * the real service was never reached, neither by it nor by the tests that run on it.
 *
 * It has what services/payment/providers/stripe.ts uses: payment intents (create, retrieve, search,
 * capture) and refunds (create, list), form-encoded; Idempotency-Keys as Stripe keeps them: the
 * first answer again, a 500 too, marked `idempotent-replayed`; 409 while the first is under way;
 * 400 for other parameters; nothing is kept of what fails validation. Faults are asked for one by
 * one.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Form = Record<string, string>
type Operation = 'create' | 'retrieve' | 'search' | 'capture' | 'refund' | 'list_refunds'

/**
 * - `fail`: 500 and no effect; `fail_late`: the effect, then 500
 * - `hang`: the effect, and no answer ever; `drop`: the effect, and the connection is closed
 * - `limit`: 429; `deny`: 401
 */
export type Fault = 'fail' | 'fail_late' | 'hang' | 'drop' | 'limit' | 'deny'

export interface Intent {
  id: string
  object: 'payment_intent'
  created: number
  amount: number
  currency: string
  status: string
  metadata: Form
  last_payment_error: { type: string; code: string; decline_code: string } | null
}

export interface Refund {
  id: string
  object: 'refund'
  amount: number
  payment_intent: string
  status: string
  failure_reason?: string
  metadata: Form
}

interface Answer {
  status: number
  body: unknown
}

export interface StripeStandIn {
  url: string
  intents: Intent[]
  refunds: Refund[]
  /** Each request that came, in order. */
  requests: { operation: Operation; key: string | undefined; form: Form }[]
  /** What was captured, in minor units. */
  capturedMinor(): number
  /** The next request of this operation meets the fault; several are met one after another. */
  fault(operation: Operation, fault: Fault): void
  /** What Stripe does with keys that are over 24 hours old. */
  forgetKeys(): void
  close(): Promise<void>
}

/** Stripe's test cards, by token and by PaymentMethod: https://docs.stripe.com/testing */
const DECLINES: Record<string, { code: string; decline_code: string }> = {
  tok_chargeDeclined: { code: 'card_declined', decline_code: 'generic_decline' },
  pm_card_chargeDeclined: { code: 'card_declined', decline_code: 'generic_decline' },
  tok_chargeDeclinedInsufficientFunds: {
    code: 'card_declined',
    decline_code: 'insufficient_funds',
  },
  tok_chargeDeclinedExpiredCard: { code: 'expired_card', decline_code: 'expired_card' },
}
const CARDS = ['tok_visa', 'pm_card_visa', ...Object.keys(DECLINES)]

export async function startStripe(secretKey: string): Promise<StripeStandIn> {
  const stripe = new Stripe(secretKey)
  const server = createServer((request, response) => void stripe.handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    intents: stripe.intents,
    refunds: stripe.refunds,
    requests: stripe.requests,
    capturedMinor: () =>
      stripe.intents
        .filter(({ status }) => status === 'succeeded')
        .reduce((total, { amount }) => total + amount, 0),
    fault: (operation, fault) => stripe.faults.push({ operation, fault }),
    forgetKeys: () => stripe.answers.clear(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

class Stripe {
  readonly intents: Intent[] = []
  readonly refunds: Refund[] = []
  readonly requests: StripeStandIn['requests'] = []
  readonly faults: { operation: Operation; fault: Fault }[] = []
  /** By Idempotency-Key; `answer` is missing while the first request is under way. */
  readonly answers = new Map<string, { content: string; answer?: Answer }>()
  private readonly secretKey: string

  constructor(secretKey: string) {
    this.secretKey = secretKey
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, 'http://stand-in')
    const operation = operationOf(request.method!, url.pathname)
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    if (!operation) return send(response, invalid('url_invalid', 404))
    const form = Object.fromEntries(new URLSearchParams(body || url.search))
    const key = request.headers['idempotency-key'] as string | undefined
    this.requests.push({ operation, key, form })

    const fault = this.takeFault(operation)
    if (fault === 'deny' || request.headers.authorization !== `Bearer ${this.secretKey}`) {
      return send(response, problem(401, 'invalid_request_error', 'api_key_expired'))
    }
    if (fault === 'limit')
      return send(response, problem(429, 'invalid_request_error', 'rate_limit'))

    const content = JSON.stringify([url.pathname, form])
    const known = key === undefined ? undefined : this.answers.get(key)
    if (known) {
      if (known.content !== content) return send(response, problem(400, 'idempotency_error'))
      if (!known.answer) {
        const code = 'idempotency_key_in_use'
        return send(response, problem(409, 'idempotency_error', code))
      }
      return send(response, known.answer, true)
    }
    const kept: { content: string; answer?: Answer } = { content }
    if (key !== undefined) this.answers.set(key, kept)
    // Others that bear the same key may come in before the answer is there.
    await new Promise((resolve) => setImmediate(resolve))

    const effect = fault === 'fail' ? serverError() : this.perform(operation, url, form)
    const answer = fault === 'fail_late' ? serverError() : effect
    if (key !== undefined && answer.status === 400) this.answers.delete(key)
    kept.answer = answer
    if (fault === 'drop') request.socket.destroy()
    else if (fault !== 'hang') send(response, answer)
  }

  private takeFault(operation: Operation): Fault | undefined {
    const index = this.faults.findIndex((each) => each.operation === operation)
    return index < 0 ? undefined : this.faults.splice(index, 1)[0]!.fault
  }

  private perform(operation: Operation, url: URL, form: Form): Answer {
    const [, , , id] = url.pathname.split('/')
    switch (operation) {
      case 'create':
        return this.create(form)
      case 'retrieve':
        return this.withIntent(id!, (intent) => ok(intent))
      case 'search': {
        const paymentId = /^metadata\['paymentId'\]:'(\w+)'$/.exec(form.query ?? '')?.[1]
        const found = this.intents.filter(({ metadata }) => metadata.paymentId === paymentId)
        return ok({ object: 'search_result', has_more: false, data: found })
      }
      case 'capture':
        return this.withIntent(id!, (intent) => {
          if (intent.status !== 'requires_capture')
            return invalid('payment_intent_unexpected_state')
          intent.status = 'succeeded'
          return ok(intent)
        })
      case 'refund':
        return this.withIntent(form.payment_intent!, (intent) => this.refund(intent, form))
      case 'list_refunds': {
        const data = this.refunds.filter((refund) => refund.payment_intent === form.payment_intent)
        return ok({ object: 'list', has_more: false, url: url.pathname, data: data.toReversed() })
      }
    }
  }

  private create(form: Form): Answer {
    if ('payment_method_types[0]' in form) {
      return invalid('payment_method_types_no_longer_supported')
    }
    if (form.capture_method !== 'manual' || form.confirm !== 'true') {
      return invalid('parameter_invalid')
    }
    const amount = Number(form.amount)
    if (!(amount >= 50)) return invalid('amount_too_small')
    const typed = form['payment_method_data[type]'] === 'card'
    const card = typed ? form['payment_method_data[card][token]']! : form.payment_method!
    if (!CARDS.includes(card)) return invalid('resource_missing', 400, `No such token: '${card}'`)

    const decline = DECLINES[card]
    const error = decline ? { type: 'card_error', ...decline } : null
    const intent: Intent = {
      id: `pi_${this.intents.length + 1}`,
      object: 'payment_intent',
      created: this.intents.length + 1,
      amount,
      currency: form.currency!,
      status: decline ? 'requires_payment_method' : 'requires_capture',
      metadata: metadataOf(form),
      last_payment_error: error,
    }
    this.intents.push(intent)
    return error
      ? { status: 402, body: { error: { ...error, payment_intent: { ...intent } } } }
      : ok(intent)
  }

  private refund(intent: Intent, form: Form): Answer {
    if (intent.status !== 'succeeded') return invalid('charge_not_refundable')
    const refunded = this.refunds
      .filter((refund) => refund.payment_intent === intent.id)
      .reduce((total, { amount }) => total + amount, 0)
    const amount = Number(form.amount)
    if (refunded === intent.amount) return invalid('charge_already_refunded')
    if (refunded + amount > intent.amount) return invalid('amount_too_large')
    const refund: Refund = {
      id: `re_${this.refunds.length + 1}`,
      object: 'refund',
      amount,
      payment_intent: intent.id,
      status: 'succeeded',
      metadata: metadataOf(form),
    }
    this.refunds.push(refund)
    return ok(refund)
  }

  private withIntent(id: string, answer: (intent: Intent) => Answer): Answer {
    const intent = this.intents.find((each) => each.id === id)
    return intent ? answer(intent) : invalid('resource_missing', 404)
  }
}

function operationOf(method: string, path: string): Operation | undefined {
  if (path === '/v1/refunds') return method === 'POST' ? 'refund' : 'list_refunds'
  const [, id, action] = /^\/v1\/payment_intents(?:\/(\w+))?(?:\/(\w+))?$/.exec(path) ?? ['', '?']
  if (id === undefined) return method === 'POST' ? 'create' : undefined
  if (method === 'POST') return action === 'capture' ? 'capture' : undefined
  if (id === 'search') return 'search'
  return /^pi_/.test(id) && action === undefined ? 'retrieve' : undefined
}

function metadataOf(form: Form): Form {
  const pairs = Object.entries(form).map(([name, value]) => [
    /^metadata\[(\w+)\]$/.exec(name)?.[1],
    value,
  ])
  return Object.fromEntries(pairs.filter(([name]) => name !== undefined))
}

/** A copy: what was answered once must not change with the object. */
function ok(body: object): Answer {
  return { status: 200, body: structuredClone(body) }
}

function problem(status: number, type: string, code?: string, message = 'refused'): Answer {
  return { status, body: { error: { type, code, message } } }
}

function invalid(code: string, status = 400, message?: string): Answer {
  return problem(status, 'invalid_request_error', code, message)
}

function serverError(): Answer {
  return problem(500, 'api_error')
}

function send(response: ServerResponse, { status, body }: Answer, replayed = false): void {
  const headers: Form = { 'content-type': 'application/json', 'request-id': 'req_standin' }
  if (replayed) headers['idempotent-replayed'] = 'true'
  response.writeHead(status, headers).end(JSON.stringify(body))
}
