/**
 * For any documented operation: requests that are right but for one thing, and the refusal that it
 * must get. Made of the document alone and of a few ids that exist.
 */
import type { Request } from './client.ts'
import type { OpenApiDocument, Operation, Parameter, Schema } from './document.ts'
import { misfits, misfittingTexts, propertiesOf, sample } from './routes.samples.ts'

export interface Flaw {
  line: string
  request: Request
  what: string
  /** `401 authentication_required`; a status alone where the code depends on the route. */
  refusal: string
  /** That the problem's `errors` must name, and besides it only what stands within it. */
  field?: string
}

export interface World {
  /** Values that stand for something, by the name of their parameter or property. */
  known: Record<string, unknown>
  customer: string
  /** Of another customer, who owns nothing of `known`. */
  stranger: string
  operator: string
  /** The customer's own. */
  cart: string
}

export interface Route {
  method: string
  path: string
  operation: Operation
}

export function routesOf({ paths }: OpenApiDocument): Route[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  )
}

/** Where an id that nobody knows is no error: it is made, or is gone already, as it should be. */
const TAKES_ANY = ['PUT /admin/inventory warehouseId', 'DELETE /cart/items productId']

export class Flaws {
  readonly #route: Route
  readonly #world: World
  /** The request that would be taken. */
  readonly #good: Request

  constructor(route: Route, world: World) {
    this.#route = route
    this.#world = world
    this.#good = this.#right()
  }

  *all(): Generator<Flaw> {
    yield* this.#ofSender()
    yield* this.#ofOwner()
    yield* this.#ofPath()
    yield* this.#ofQuery()
    yield* this.#ofHeaders()
    if (!this.#takesBody) return
    yield* this.#ofMediaType()
    if (this.#isStream) return
    yield* this.#ofText()
    if (this.#isSigned) return
    yield* this.#ofFields()
  }

  #right(): Request {
    const { operation } = this.#route
    const schema = this.#schema
    return {
      ...(this.#auth.length > 0 && {
        as: this.#auth.includes('operator') ? this.#world.operator : this.#world.customer,
      }),
      ...(this.#takes('Idempotency-Key') && { key: 'a-key-of-a-flaw' }),
      ...(this.#takes('X-Cart-Id') && operation.security.length > 0 && { cart: this.#world.cart }),
      ...(this.#takes('If-Match')?.required && { headers: { 'if-match': '"v1"' } }),
      ...(schema && { body: sample(schema, '', this.#world.known) }),
      ...(this.#isStream && { text: '', type: 'application/x-ndjson' }),
      ...(this.#isSigned && { body: {} }),
    }
  }

  get #auth(): string[] {
    return this.#route.operation.security.flatMap((scheme) => Object.keys(scheme))
  }

  get #takesBody(): boolean {
    return this.#route.method !== 'GET' && this.#route.method !== 'DELETE'
  }

  get #isStream(): boolean {
    return this.#route.operation.requestBody?.content['application/x-ndjson'] !== undefined
  }

  /** Its body is the sender's affair: read as bytes, and refused as not genuine. */
  get #isSigned(): boolean {
    return this.#route.path.startsWith('/webhooks/')
  }

  get #schema(): Schema | undefined {
    const schema = this.#route.operation.requestBody?.content['application/json']?.schema
    return this.#isSigned ? undefined : schema
  }

  #takes(name: string): Parameter | undefined {
    return this.#route.operation.parameters?.find((parameter) => parameter.name === name)
  }

  #of(place: Parameter['in']): Parameter[] {
    return (this.#route.operation.parameters ?? []).filter((parameter) => parameter.in === place)
  }

  #target(changed: Record<string, string> = {}, query = this.#query()): string {
    const path = this.#route.path.replaceAll(
      /\{(\w+)\}/g,
      (_, name: string) => changed[name] ?? encodeURIComponent(`${this.#world.known[name]}`),
    )
    return query === '' ? path : `${path}?${query}`
  }

  #query(changed: Record<string, string> = {}): string {
    const required = this.#of('query').filter(
      ({ name, required }) => required && !(name in changed),
    )
    const values = required.map(({ name, schema }) => [
      name,
      `${sample(schema, name, this.#world.known)}`,
    ])
    return new URLSearchParams([...values, ...Object.entries(changed)] as [
      string,
      string,
    ][]).toString()
  }

  #flaw(what: string, refusal: string, request: Partial<Request>, target = this.#target()): Flaw {
    const line = `${this.#route.method} ${target}`
    return { line, request: { ...this.#good, ...request }, what, refusal }
  }

  #invalid(what: string, field: string, request: Partial<Request>, target?: string): Flaw {
    return { ...this.#flaw(what, '422 validation_failed', request, target), field }
  }

  *#ofSender(): Generator<Flaw> {
    if (this.#auth.length === 0) return
    const { customer, operator } = this.#world
    const isOpen = this.#route.operation.security.some((scheme) => Object.keys(scheme).length === 0)
    if (!isOpen) yield this.#flaw('no token', '401 authentication_required', { as: undefined })
    const [head, claims, signature] = customer.split('.')
    const unsigned = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')
    const broken = {
      'no JWT': 'x',
      'a cut signature': `${head}.${claims}.${signature!.slice(0, -4)}`,
      'no signature': `${unsigned}.${claims}.`,
      'another key': 'sk_of_another_shop',
    }
    for (const [what, as] of Object.entries(broken)) {
      yield this.#flaw(what, '401 invalid_token', { as })
    }
    const basic = { ...this.#good.headers, authorization: 'Basic YTpi' }
    yield this.#flaw('not a bearer', '401 invalid_token', { as: undefined, headers: basic })
    const other = this.#auth.includes('operator') ? customer : operator
    yield this.#flaw('not for such as these', '403 forbidden', { as: other })
  }

  *#ofOwner(): Generator<Flaw> {
    if (!this.#auth.includes('customer')) return
    const { stranger, cart } = this.#world
    if (this.#of('path').some(({ name }) => name === 'orderId' || name === 'paymentId')) {
      yield this.#flaw("another's", '404', { as: stranger })
    }
    if (this.#takes('X-Cart-Id')) {
      yield this.#flaw("another's cart", '404 cart_not_found', { as: stranger, cart })
    }
  }

  *#ofPath(): Generator<Flaw> {
    const { method, path } = this.#route
    for (const { name, schema } of this.#of('path')) {
      const prefix = /^\^([a-z]+)_/.exec(`${schema.pattern}`)?.[1]
      const unknown = prefix ? `${prefix}_${'0'.repeat(26)}` : 'unheardof'
      const takesAny = TAKES_ANY.some((exempt) => {
        const [verb, start, parameter] = exempt.split(' ')
        return verb === method && path.startsWith(start!) && parameter === name
      })
      if (!takesAny)
        yield this.#flaw(`unknown ${name}`, '404', {}, this.#target({ [name]: unknown }))
      const notUtf8 = this.#target({ [name]: '%ff' })
      yield this.#flaw(`${name} is not UTF-8`, '400 invalid_encoding', {}, notUtf8)
      for (const text of misfittingTexts(schema)) {
        if (text === '') continue
        const target = this.#target({ [name]: encodeURIComponent(text) })
        const what = `${name} is ${text.slice(0, 20)}`
        if (method === 'PUT') yield this.#invalid(what, name, {}, target)
        else yield this.#flaw(what, '404', {}, target)
      }
    }
  }

  *#ofQuery(): Generator<Flaw> {
    const at = (query: Record<string, string>) => this.#target({}, this.#query(query))
    const raw = (text: string) => this.#target({}, [this.#query(), text].filter(Boolean).join('&'))
    yield this.#invalid('an unknown parameter', 'unknown', {}, at({ unknown: '1' }))
    yield this.#flaw('twice the same', '400 repeated_parameter', {}, raw('again=1&again=2'))
    yield this.#flaw('not UTF-8', '400 invalid_encoding', {}, raw('unknown=%ff'))
    yield this.#flaw('__proto__', '400 forbidden_key', {}, raw('__proto__=1'))
    for (const { name, required, schema } of this.#of('query')) {
      if (required) {
        const others = new URLSearchParams(this.#query())
        others.delete(name)
        yield this.#invalid(`no ${name}`, name, {}, this.#target({}, others.toString()))
      }
      for (const text of misfittingTexts(schema)) {
        yield this.#invalid(`${name}=${text.slice(0, 20)}`, name, {}, at({ [name]: text }))
      }
    }
    if (!this.#schema) return
    for (const [name] of propertiesOf(this.#schema)) {
      yield this.#invalid(`${name} in the query`, name, {}, at({ [name]: '1' }))
    }
  }

  *#ofHeaders(): Generator<Flaw> {
    if (this.#takes('Idempotency-Key')) {
      const { key: _, ...unkeyed } = this.#good
      yield { ...this.#flaw('no key', '400 idempotency_key_required', {}), request: unkeyed }
      for (const key of ['a space', 'x'.repeat(256), '\u00e9']) {
        yield this.#flaw(`key ${key.slice(0, 9)}`, '400 idempotency_key_invalid', { key })
      }
    }
    const ifMatch = this.#takes('If-Match')
    if (ifMatch) {
      const match = (tag: string) => ({ headers: { 'if-match': tag } })
      if (ifMatch.required) yield this.#flaw('no If-Match', '428', { headers: {} })
      for (const tag of ['"v999999"', '"another"', 'v1', 'W/"v1"']) {
        yield this.#flaw(`If-Match: ${tag}`, '412 version_mismatch', match(tag))
      }
    }
    if (this.#takes('X-Cart-Id')) {
      for (const cart of ['cart_1', 'x', 'prod_00000000000000000000000000']) {
        yield this.#invalid(`cart ${cart}`, 'X-Cart-Id', { cart })
      }
    }
  }

  *#ofMediaType(): Generator<Flaw> {
    if (this.#isSigned) return
    const text = '{}'
    const types = ['text/plain', '', 'application/x-www-form-urlencoded', 'application/jsonp']
    const right = this.#isStream ? 'application/x-ndjson' : 'application/json'
    for (const type of [...types, `${right}; charset=latin1`]) {
      yield this.#flaw(`type ${type}`, '415 unsupported_media_type', { text, type })
    }
    const headers = { ...this.#good.headers, 'content-encoding': 'gzip' }
    yield this.#flaw('compressed', '415 unsupported_media_type', { text, headers })
  }

  *#ofText(): Generator<Flaw> {
    const deep = `{"x":${'['.repeat(40)}${']'.repeat(40)}}`
    const texts: [string, string | Buffer, string][] = [
      ['cut JSON', '{"a":', 'invalid_json'],
      ['two documents', '{}{}', 'invalid_json'],
      ['a lone surrogate', '{"a":"\\ud800"}', 'invalid_json'],
      ['a key twice', '{"a":1,"a":2}', 'duplicate_key'],
      ['a key twice, escaped', '{"a":1,"\\u0061":2}', 'duplicate_key'],
      ['__proto__', '{"__proto__":{"a":1}}', 'forbidden_key'],
      ['__proto__ within', '{"a":[{"__proto__":1}]}', 'forbidden_key'],
      ['depth', deep, 'json_too_deep'],
      ['much depth', '['.repeat(500_000), 'invalid_json'],
      ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'invalid_utf8'],
    ]
    for (const [what, text, code] of texts) {
      const refusal = this.#isSigned ? '400' : `400 ${code}`
      yield this.#flaw(what, refusal, { text })
    }
    const large = `{"x":"${'x'.repeat(1_048_576)}"}`
    yield this.#flaw('above 1 MiB', '413 body_too_large', { text: large })
  }

  *#ofFields(): Generator<Flaw> {
    for (const text of ['[]', '"text"', '1', 'null']) {
      yield this.#invalid(`a body of ${text}`, '', { text })
    }
    if (!this.#schema) {
      yield this.#invalid('an unknown field', 'unknown', { body: { unknown: 1 } })
      return
    }
    if (this.#route.operation.requestBody?.required) {
      const { body: _, ...bodiless } = this.#good
      yield { ...this.#flaw('no body', '422 validation_failed', {}), request: bodiless }
    }
    const { body } = this.#good
    for (const { what, field, value } of flawedFields(this.#schema, body)) {
      yield this.#invalid(what, field, { body: value })
    }
  }
}

interface FlawedField {
  what: string
  /** Dotted path of what is wrong. */
  field: string
  /** The whole with the flaw in it. */
  value: unknown
}

/** `value` with one flaw in each place: a field that is wrong, unknown or missing. */
function* flawedFields(schema: Schema, value: unknown): Generator<FlawedField> {
  if (schema.type === 'array') {
    const [first] = value as unknown[]
    for (const flawed of flawedFields(schema.items as Schema, first)) {
      yield { ...flawed, field: `0.${flawed.field}`, value: [flawed.value] }
    }
    return
  }
  if (schema.type !== 'object') return
  const whole = value as Record<string, unknown>
  if (schema.additionalProperties === false && schema.properties !== undefined) {
    yield { what: 'unknown', field: 'unknown', value: { ...whole, unknown: 1 } }
  }
  for (const name of (schema.required ?? []) as string[]) {
    const { [name]: _, ...less } = whole
    yield { what: `no ${name}`, field: name, value: less }
  }
  for (const [name, property] of propertiesOf(schema)) {
    for (const misfit of misfits(property)) {
      const what = `${name} is ${JSON.stringify(misfit).slice(0, 20)}`
      yield { what, field: name, value: { ...whole, [name]: misfit } }
    }
    for (const flawed of flawedFields(property, whole[name])) {
      const within = { ...whole, [name]: flawed.value }
      yield { what: flawed.what, field: `${name}.${flawed.field}`, value: within }
    }
  }
}
