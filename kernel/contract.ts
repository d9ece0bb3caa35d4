/**
 * A contract is a value: what others may say to a service. Its actions' parameters, results,
 * errors, shard key and REST route are written once; `typeof` it types every caller, the gateway
 * routes and validates by it, and the OpenAPI document is generated from it.
 */
import Type, { type Static, type TObject, type TSchema } from 'typebox'
import type { RefusalKind } from './errors.ts'

/** `shopper`: a customer's token or nobody's; `customer` and `operator` need theirs. */
export type Auth = 'public' | 'shopper' | 'customer' | 'operator'

/** What is shed first when there is too much work: browse, then cart, then order, then pay. */
export type Priority = 'browse' | 'cart' | 'order' | 'pay' | 'operate'

/**
 * Parameters that the gateway fills in itself; a client that sends one is refused.
 *
 * - `customerId`: from the token; undefined for a guest on a `shopper` route
 * - `cartId`: from `X-Cart-Id` or the `cart_id` cookie; undefined when neither is there
 * - `idempotency`: `{key, fingerprint}`, from `Idempotency-Key` and the request's content
 * - `ifMatch`: the version in `If-Match`, undefined without it and for `*`, which is refused where
 *   the parameter is not optional
 * - `ip`: the client's address
 * - `webhook`: the raw body and the headers, for signature checks
 */
export type Supplied = 'customerId' | 'cartId' | 'idempotency' | 'ifMatch' | 'ip' | 'webhook'

export interface CachePolicy {
  maxAgeS: number
  staleWhileRevalidateS: number
  staleIfErrorS: number
  /** How long a gateway may keep the reply itself, until one of its tags is dropped. */
  keepS?: number
  /** How many of the route's most asked replies a warm-up loads. */
  warm?: number
}

export interface RestRoute<P, R> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `/orders/:orderId`; a `:name` is the parameter of that name. */
  path: string
  summary: string
  auth: Auth
  priority: Priority
  supplied?: { readonly [K in keyof P]?: Supplied }
  /** Default 200. */
  status?: number | ((reply: R) => number)
  /** Further statuses, for the document; where `status` is a function, all that it may answer. */
  otherStatuses?: readonly number[]
  location?: (reply: R) => string | undefined
  /** Answers with an ETag made of the reply's `version`; GET honours If-None-Match. */
  versioned?: boolean
  /** If-Match is required (428 without it). */
  ifMatchRequired?: boolean
  /** Idempotency-Key is required; the action's result is `Replayable`. */
  idempotencyKey?: boolean
  /** Public caching; without it every reply is `private, no-store`. */
  cache?: CachePolicy
  cacheTags?: (reply: R) => readonly string[]
  /** The cart's id goes back in `X-Cart-Id` and the `cart_id` cookie. */
  cartReply?: boolean
  /** 204 without a body. */
  empty?: boolean
  /**
   * Sees the parsed body before it is validated, to throw a refusal that must not depend on the
   * fields being right.
   */
  screen?: (body: unknown) => void
  /**
   * The body is a stream of JSON lines of any length. The action gets them in batches, as
   * `{lines: [{line, product}]}` with the line's number from 1 and its parsed JSON, and answers
   * `{imported, updated, errors: [{line, message}]}`: a line with an error was not taken.
   */
  stream?: 'ndjson'
}

export interface ActionDefinition<P extends TObject = TObject, R extends TSchema = TSchema> {
  params: P
  result: R
  /** Every refusal that the action itself may answer. */
  errors?: readonly RefusalKind[]
  /** The parameter that names the shard: all calls for one value reach one node. */
  key?: keyof Static<P> & string
  /** May be sent again, on another node, when its answer was lost. */
  idempotent: boolean
  rest?: RestRoute<Static<P>, Static<R>>
}

/** A definition with whatever schemas. */
export interface AnyActionDefinition {
  params: TObject
  result: TSchema
  errors?: readonly RefusalKind[]
  key?: string
  idempotent: boolean
  // biome-ignore lint/suspicious/noExplicitAny: replies of every type; parameters are contravariant
  rest?: RestRoute<any, any>
}

export interface AnyAction extends AnyActionDefinition {
  /** `service.action`, as the broker knows it. */
  name: string
}

export type ParamsOf<A extends AnyActionDefinition> = Static<A['params']>
export type ResultOf<A extends AnyActionDefinition> = Static<A['result']>

/** Types one definition; the schemas' static types flow into `rest`. */
export function action<P extends TObject, R extends TSchema>(
  definition: ActionDefinition<P, R>,
): ActionDefinition<P, R> {
  return definition
}

export interface Contract<
  A extends Record<string, AnyActionDefinition> = Record<string, AnyActionDefinition>,
> {
  /** The service's name: its folder under services/. */
  name: string
  /** Raised by a change that a caller of the version before could not live with. */
  version: number
  actions: { readonly [K in keyof A]: A[K] & { name: string } }
}

export function contract<A extends Record<string, AnyActionDefinition>>(
  name: string,
  version: number,
  definitions: A,
): Contract<A> {
  const actions = Object.fromEntries(
    Object.entries(definitions).map(([key, definition]) => [
      key,
      { ...definition, name: `${name}.${key}` },
    ]),
  )
  return { name, version, actions: actions as Contract<A>['actions'] }
}

/** Moleculer's context and broker both are one. */
export interface Caller {
  call(name: string, params: unknown): Promise<unknown>
}

/** The one way from a service to another: typed by the contract of the callee. */
export function call<A extends AnyAction>(
  caller: Caller,
  target: A,
  params: ParamsOf<A>,
): Promise<ResultOf<A>> {
  return caller.call(target.name, params) as Promise<ResultOf<A>>
}

// Schemas that several contracts share.

/** An object that takes no other fields than these. */
export function object<P extends Type.TProperties>(
  properties: P,
  options: Type.TSchemaOptions = {},
) {
  return Type.Object(properties, { additionalProperties: false, ...options })
}

export const ImportedId = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' })
export const Timestamp = Type.String({ format: 'date-time', description: 'RFC 3339, UTC' })
export const Version = Type.Integer({ minimum: 1 })
export const Limit = Type.Integer({ minimum: 1, maximum: 100, default: 20 })
export const Cursor = Type.String({ minLength: 1, maxLength: 512, pattern: '^[A-Za-z0-9_-]+$' })

export function id(prefix: string) {
  return Type.String({ pattern: `^${prefix}_[0-9a-z]{26,32}$` })
}

export function page<T extends TSchema>(item: T) {
  return object({ items: Type.Array(item), nextCursor: Type.Union([Type.String(), Type.Null()]) })
}

/** What the gateway supplies for an Idempotency-Key; see `Supplied`. */
export const Idempotency = object({
  key: Type.String({ minLength: 1, maxLength: 255 }),
  fingerprint: Type.String(),
})
export type Idempotency = Static<typeof Idempotency>

/** How long an answer is remembered for its key: longer than the 24 h that clients rely on. */
export const ANSWER_KEPT_MS = 48 * 3_600_000

/**
 * The result of an action with an Idempotency-Key: the first answer, and whether it is a repeat.
 */
export function replayable<T extends TSchema>(value: T) {
  return object({ replayed: Type.Boolean(), value })
}
