/** A route to an action: its parameters off the request, its result into the reply. */
import type { AnyAction, CachePolicy } from '../../kernel/contract.ts'
import type { ActionCaller } from './action-caller.ts'
import { decodeUtf8, hasBody, readBody, requireMediaType } from './body.ts'
import type { Exchange } from './exchange.ts'
import { FieldReader } from './fields.ts'
import type { Route } from './gateway.ts'
import type { Sender } from './identity.ts'
import { parseJson } from './json.ts'
import type { Kept, KeptReplies } from './kept-replies.ts'
import { type Rest, restOf, takesBody } from './parameters.ts'
import { withCursor } from './query.ts'
import { send } from './reply.ts'
import { etagOf, matchingTag, type Said, type Supplier, supplierOf } from './supplied.ts'

/** What the gateway itself looks at in a result. */
interface Value {
  id?: string
  version?: number
  nextCursor?: string | null
}

const S_MAXAGE_S = 300
const PERSONAL = 'private, no-store'

export class ActionRoute implements Route {
  readonly method: string
  readonly path: string
  readonly guard: NonNullable<Route['guard']>
  readonly #action: AnyAction
  readonly #rest: Rest
  readonly #isWebhook: boolean
  readonly #fields: FieldReader
  readonly #supply: Supplier
  readonly #cacheControl: string
  readonly #caller: ActionCaller
  readonly #kept: KeptReplies | undefined

  constructor(action: AnyAction, caller: ActionCaller, kept: KeptReplies) {
    const rest = restOf(action)
    this.method = rest.method
    this.path = rest.path
    this.guard = { auth: rest.auth, priority: rest.priority }
    this.#action = action
    this.#rest = rest
    this.#isWebhook = Object.values(rest.supplied ?? {}).includes('webhook')
    this.#fields = new FieldReader(action)
    this.#supply = supplierOf(action)
    this.#cacheControl = rest.cache ? publicFor(rest.cache) : PERSONAL
    this.#caller = caller
    this.#kept = rest.cache?.keepS === undefined ? undefined : kept
  }

  async answer(exchange: Exchange, sender: Sender): Promise<void> {
    const said: Said = { exchange, sender, text: undefined, body: undefined }
    // Elsewhere a body means nothing (RFC 9110, section 9.3.1), and is read past.
    if (takesBody(this.#rest) && hasBody(exchange.request)) await this.#hear(said)
    const supplied = {}
    this.#supply(supplied, said)
    const own = this.#fields.read(exchange.pathValues, exchange.query, said.body)
    const params = Object.assign(own, supplied)
    if (this.#kept) {
      const found = this.#kept.find(this.#action, params, (action, asked) =>
        this.#caller.call(action, asked, exchange.requestId),
      )
      const { result, body } = found instanceof Promise ? await found : (found as Kept)
      this.#reply(exchange, result, body)
      return
    }
    this.#reply(exchange, await this.#caller.call(this.#action, params, exchange.requestId))
  }

  async #hear(said: Said): Promise<void> {
    const { request } = said.exchange
    if (!this.#isWebhook) requireMediaType(request, 'application/json')
    said.text = decodeUtf8(await readBody(request))
    if (this.#isWebhook || said.text === '') return
    said.body = parseJson(said.text)
    this.#rest.screen?.(said.body)
  }

  /** `body`: the serialised result, where it is known already. */
  #reply(exchange: Exchange, result: unknown, body?: string): void {
    const rest = this.#rest
    const value = (rest.idempotencyKey ? (result as { value: unknown }).value : result) as Value
    const headers = this.#headersOf(exchange, result, value)
    if (rest.empty) {
      send(exchange, { status: 204, headers })
      return
    }
    const version = rest.versioned ? value.version : undefined
    const unchanged = version === undefined ? undefined : this.#unchangedTag(exchange, version)
    if (unchanged !== undefined) {
      headers.push('ETag', unchanged, 'Vary', 'Accept-Encoding')
      send(exchange, { status: 304, headers })
      return
    }
    send(exchange, {
      status: typeof rest.status === 'function' ? rest.status(result) : (rest.status ?? 200),
      headers,
      type: 'application/json',
      body: body ?? JSON.stringify(value),
      etag: version === undefined ? undefined : etagOf(version),
    })
  }

  #headersOf(exchange: Exchange, result: unknown, value: Value): string[] {
    const rest = this.#rest
    const headers = ['Cache-Control', this.#cacheControl]
    if (rest.idempotencyKey && (result as { replayed: boolean }).replayed) {
      headers.push('Idempotency-Replayed', 'true')
    }
    const location = rest.location?.(result)
    if (location !== undefined) headers.push('Location', location)
    if (rest.cacheTags) headers.push('Cache-Tag', rest.cacheTags(result).join(','))
    if (rest.cartReply) {
      headers.push('X-Cart-Id', value.id!)
      headers.push('Set-Cookie', `cart_id=${value.id}; Path=/; HttpOnly; SameSite=Lax`)
    }
    if (value.nextCursor) {
      const query = withCursor(exchange.query, value.nextCursor)
      headers.push('Link', `<${exchange.path}?${query}>; rel="next"`)
    }
    return headers
  }

  /** The tag by which the client knows this very version already. */
  #unchangedTag(exchange: Exchange, version: number): string | undefined {
    const known = this.method === 'GET' ? exchange.header('if-none-match') : undefined
    return known === undefined ? undefined : matchingTag(known, version)
  }
}

function publicFor({ maxAgeS, staleWhileRevalidateS, staleIfErrorS }: CachePolicy): string {
  return [
    'public',
    `max-age=${maxAgeS}`,
    `s-maxage=${S_MAXAGE_S}`,
    `stale-while-revalidate=${staleWhileRevalidateS}`,
    `stale-if-error=${staleIfErrorS}`,
  ].join(', ')
}
