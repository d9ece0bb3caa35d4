/** The parameters that no client may send: the gateway makes them of headers, token and address. */
import { Compile } from 'typebox/compile'
import type { AnyAction, Idempotency, Supplied } from '../../kernel/contract.ts'
import { versionMismatch } from '../../kernel/errors.ts'
import { fingerprint } from '../../kernel/ids.ts'
import type { Exchange } from './exchange.ts'
import { type Fields, refuse } from './fields.ts'
import type { Sender } from './identity.ts'
import { canonicalJson } from './json.ts'
import { isOptional, parametersOf, propertyOf, type Rest, restOf } from './parameters.ts'
import { idempotencyKeyInvalid, idempotencyKeyRequired, preconditionRequired } from './refusals.ts'

/** What a request has said by the time its parameters are complete. */
export interface Said {
  exchange: Exchange
  sender: Sender
  /** The text of the body, where it has one. */
  text: string | undefined
  /** The body parsed, where it is JSON. */
  body: unknown
}

type Source = (said: Said) => unknown

/** Fills in `fields`. @throws Refusal of the headers it needs */
export type Supplier = (fields: Fields, said: Said) => void

export function supplierOf(action: AnyAction): Supplier {
  const sources = parametersOf(action).supplied.map(
    ([name, supplied]) => [name, sourceOf(action, name, supplied)] as const,
  )
  return (fields, said) => {
    for (const [name, source] of sources) {
      const value = source(said)
      if (value !== undefined) fields[name] = value
    }
  }
}

function sourceOf(action: AnyAction, name: string, supplied: Supplied): Source {
  switch (supplied) {
    case 'customerId':
      return ({ sender }) => sender.customerId
    case 'cartId':
      return cartSource(action, name)
    case 'idempotency':
      return ({ exchange, body }) => readIdempotency(restOf(action), exchange, body)
    case 'ifMatch':
      return ifMatchSource(action, name)
    case 'ip':
      return ({ exchange }) => exchange.address
    case 'webhook':
      return ({ exchange, text }) => ({ rawBody: text ?? '', headers: signedHeaders(exchange) })
  }
}

function cartSource(action: AnyAction, name: string): Source {
  const validator = Compile(propertyOf(action, name))
  return ({ exchange }) => {
    const named = exchange.header('x-cart-id')
    if (named === undefined) {
      // A cookie is sent without asking: an old or foreign one must not lock its owner out.
      const kept = cookieOf(exchange.header('cookie'), 'cart_id')
      return validator.Check(kept) ? kept : undefined
    }
    if (!validator.Check(named))
      refuse([{ field: 'X-Cart-Id', message: 'is not the id of a cart' }])
    return named
  }
}

function cookieOf(cookies: string | undefined, name: string): string | undefined {
  const pair = cookies?.split(';').find((text) => text.trim().startsWith(`${name}=`))
  return pair?.slice(pair.indexOf('=') + 1).trim()
}

function readIdempotency(
  { method }: Rest,
  exchange: Exchange,
  body: unknown,
): Idempotency | undefined {
  const key = exchange.header('idempotency-key')
  if (key === undefined || key === '') {
    throw idempotencyKeyRequired('this route takes an Idempotency-Key')
  }
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw idempotencyKeyInvalid('an Idempotency-Key is 1 to 255 visible ASCII characters')
  }
  const content = fingerprint(method, exchange.segments.join('/'), canonicalJson(body))
  return { key, fingerprint: content }
}

function ifMatchSource(action: AnyAction, name: string): Source {
  const required = restOf(action).ifMatchRequired === true
  const takesAny = isOptional(action.params, name)
  return ({ exchange }) => {
    const tag = exchange.header('if-match')
    if (tag === undefined) {
      if (required) throw preconditionRequired('send the ETag of the version to change as If-Match')
      return undefined
    }
    if (tag === '*') {
      if (!takesAny) throw preconditionRequired('If-Match must name a version here')
      return undefined
    }
    const version = versionOf(tag)
    if (version === undefined) throw versionMismatch('If-Match is not an ETag of this resource')
    return version
  }
}

/** The strong entity tag of a version; see reply.ts for what is appended to it. */
export function etagOf(version: number): string {
  return `v${version}`
}

function versionOf(tag: string): number | undefined {
  const digits = /^"v(\d{1,15})(?:-br|-gzip)?"$/.exec(tag)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** The tag in `If-None-Match` that names `version`: weak comparison, RFC 9110, section 13.1.2. */
export function matchingTag(ifNoneMatch: string, version: number): string | undefined {
  if (ifNoneMatch.trim() === '*') return `"${etagOf(version)}"`
  return ifNoneMatch
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
    .find((tag) => versionOf(tag) === version)
}

/** All but what would let the callee act as the sender. */
function signedHeaders(exchange: Exchange): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(exchange.request.headers)) {
    if (typeof value !== 'string' || name === 'authorization' || name === 'cookie') continue
    headers[name] = value
  }
  return headers
}
