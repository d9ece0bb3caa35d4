/**
 * The port to whoever moves the money. What Stoa needs of a provider is that it can be asked again:
 * after a crash, a lost answer or a webhook the same question gets the first outcome, once charged.
 *
 * No error, reason or log line of a provider bears a token or a card number.
 */
import type { Money } from '../../../kernel/money.ts'

export interface PaymentProvider {
  readonly name: 'sandbox' | 'stripe'
  /** Whether the provider may be asked with this token at all; one of another provider is not. */
  knowsToken(token: string): boolean
  /**
   * Takes the money, once per `paymentId`: whoever asks again, with the same request, is told the
   * first outcome. Safe to ask from two nodes at once.
   *
   * @throws OutcomeUnknown or any other error: charged or not, ask again later
   */
  charge(request: ChargeRequest): Promise<ChargeOutcome>
  /**
   * Gives money back, once per `refundId`; never more than was captured.
   *
   * @throws OutcomeUnknown or any other error: given back or not, ask again later
   */
  refund(request: RefundRequest): Promise<RefundOutcome>
  /**
   * What a webhook is about, once its signature is checked. A notice says that something happened,
   * never what: ask `charge` or `refund` again to learn it. So a replay changes nothing.
   *
   * @param headers by lower-case name
   * @throws Refusal `webhook_refused`: the signature is missing, wrong or over 5 minutes old, or no
   *   secret is configured
   */
  readWebhook(rawBody: string, headers: WebhookHeaders): Promise<WebhookNotice>
}

export interface ChargeRequest {
  paymentId: string
  orderId: string
  customerId: string
  /** Above 0. */
  amount: Money
  token: string
  /** When the payment was made, Unix ms: how long ago the provider may have been asked first. */
  createdAt: number
}

export type DeclineCode = 'card_declined' | 'insufficient_funds'

export type ChargeOutcome =
  | { outcome: 'captured'; reference: string }
  | { outcome: 'declined'; code: DeclineCode }
  /** Not charged and never will be; `reason` is for logs. */
  | { outcome: 'failed'; reason: string }

export interface RefundRequest {
  refundId: string
  paymentId: string
  /** Of the captured charge. */
  reference: string
  amount: Money
}

export type RefundOutcome =
  | { outcome: 'refunded'; reference: string }
  /** Not given back; `reason` is for logs. */
  | { outcome: 'failed'; reason: string }

export type WebhookHeaders = Readonly<Record<string, string | undefined>>

export interface WebhookNotice {
  /** The provider's id of the event. */
  id: string
  /** Undefined where the event is about no payment of Stoa's. */
  paymentId: string | undefined
  /** Set where the event is about a refund of that payment. */
  refundId: string | undefined
}

/** The provider may have done it or not: it did not say. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown'
}

/** `names`: the part of a genuine event that names what it is about. */
export function noticeOf(id: string, names: unknown): WebhookNotice {
  const { paymentId, refundId } = (names ?? {}) as Record<string, unknown>
  return {
    id,
    paymentId: typeof paymentId === 'string' ? paymentId : undefined,
    refundId: typeof refundId === 'string' ? refundId : undefined,
  }
}

/** Here and not in sandbox.ts, because every other provider has to refuse them. */
export const SANDBOX_TOKENS = [
  'tok_ok',
  'tok_declined',
  'tok_insufficient_funds',
  'tok_slow',
  'tok_error',
  'tok_flaky',
  'tok_timeout_after_charge',
] as const
export type SandboxToken = (typeof SANDBOX_TOKENS)[number]

export function isSandboxToken(token: string): token is SandboxToken {
  return SANDBOX_TOKENS.includes(token as SandboxToken)
}
