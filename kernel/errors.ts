/**
 * Refusals: the failures that a client is meant to see. Each is declared once, beside the contract
 * that may answer it, and becomes an RFC 9457 problem at the gateway. Anything else that is thrown
 * is a fault and reaches clients as a bare 500 `internal`.
 */
import type { Static, TObject } from 'typebox'

/** A declared failure; calling it makes the error to throw or return. */
export interface RefusalKind<M extends TObject = TObject> {
  /** Stable, snake_case; the `code` of the problem document. */
  readonly code: string
  /** HTTP status, 400 to 599. */
  readonly status: number
  readonly title: string
  /** Extra members of the problem document, e.g. the `items` of `out_of_stock`. */
  readonly members: M | undefined
  (detail: string, members?: Static<M>): Refusal
}

/**
 * Carries what survives Moleculer's wire: `type` is the refusal's code, `code` its HTTP status,
 * `data` the members. Never retryable: the same call gets the same refusal.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly retryable = false
  readonly type: string
  readonly code: number
  readonly data: RefusalData

  constructor(type: string, status: number, detail: string, data: RefusalData = {}) {
    super(detail)
    this.type = type
    this.code = status
    this.data = data
  }
}

export interface RefusalData {
  /** Extra members of the problem document. */
  members?: Record<string, unknown>
  /** True when this is the stored answer to an earlier request with the same Idempotency-Key. */
  replayed?: boolean
}

export function refusal<M extends TObject = TObject>(
  code: string,
  status: number,
  title: string,
  members?: M,
): RefusalKind<M> {
  const make = (detail: string, extra?: Static<M>) =>
    new Refusal(code, status, detail, extra ? { members: extra as Record<string, unknown> } : {})
  return Object.assign(make, { code, status, title, members })
}

/** A refusal as it is kept, to be told again to the Idempotency-Key that got it. */
export interface StoredRefusal {
  type: string
  status: number
  detail: string
  data: RefusalData
}

export function remembered({ type, code, message, data }: Refusal): StoredRefusal {
  return { type, status: code, detail: message, data }
}

export function recalled({ type, status, detail, data }: StoredRefusal): Refusal {
  return new Refusal(type, status, detail, { ...data, replayed: true })
}

/** True for a refusal made here or rebuilt from the wire, where its class is lost. */
export function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && error.name === 'Refusal' && 'type' in error && 'code' in error
}

/** Nothing was changed; the same request may be sent again after a pause. */
export const unavailable = refusal('unavailable', 503, 'Temporarily unavailable')
/** A bounded queue is full. */
export const overloaded = refusal('overloaded', 503, 'Too busy')
/** The version that a write was conditional on is no longer the current one. */
export const versionMismatch = refusal('version_mismatch', 412, 'Version does not match')
/** The Idempotency-Key was used before with other content. */
export const keyReused = refusal('idempotency_key_reused', 422, 'Idempotency-Key reused')
export const validationFailed = refusal('validation_failed', 422, 'Validation failed')
