/**
 * Holds replies against the OpenAPI document that the same server gave: whatever a client gets must
 * be written there. What the document cannot say (how a failure looks, what no reply may tell) is
 * held against rest.md's words.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { type OpenApiDocument, type Operation, pointerTo, templateOf } from './document.ts'
import { openApiShape } from './openapi.shape.ts'

export interface Answered {
  method: string
  /** Without the query. */
  path: string
  /** Sent by the client; undefined: the server makes one. */
  requestId: string | undefined
  status: number
  headers: Headers
  text: string
}

const PROBLEM = 'application/problem+json'
const COMMON_MEMBERS = ['type', 'title', 'status', 'detail', 'code', 'requestId']
/** Only a failure tells of the inside by accident; pages and documents name what they like. */
const INSIDE = /moleculer|sqlite|node_modules|\.ts:\d|\.js:\d|\bat \S+ \(|file:\/\/|\/(tmp|usr)\//i

export class Agreement {
  readonly #document: OpenApiDocument
  readonly #ajv: Ajv2020
  readonly #validators = new Map<string, ValidateFunction>()
  /** Names that no failure may tell. */
  readonly #secrets: readonly string[]

  /** @throws Error the document itself is not OpenAPI 3.1 */
  constructor(document: OpenApiDocument, secrets: readonly string[] = []) {
    this.#document = document
    this.#secrets = secrets
    this.#ajv = new Ajv2020({ strict: false, allErrors: true })
    formats.default(this.#ajv)
    if (!this.#ajv.validate(openApiShape, document)) throw this.#error('the document')
    this.#ajv.addSchema(document, 'openapi')
    checkNames(document)
    for (const name of Object.keys(document.components.schemas)) {
      this.#compile(pointerTo('components', 'schemas', name))
    }
  }

  /** @throws Error that tells everything in which the reply is not as the document says */
  check(answered: Answered): void {
    const found = [...this.#ofAll(answered), ...this.#ofRoute(answered)]
    if (found.length === 0) return
    const { method, path, status, text } = answered
    throw new Error(
      `${method} ${path} → ${status} is not as documented:\n- ${found.join('\n- ')}\n${text}`,
    )
  }

  *#ofAll({ status, headers, text, requestId }: Answered): Generator<string> {
    const echoed = headers.get('x-request-id')
    if (!/^[A-Za-z0-9._-]{8,128}$/.test(echoed ?? '')) yield `X-Request-Id is ${echoed}`
    if (requestId !== undefined && echoed !== requestId) yield 'X-Request-Id is not echoed'
    if (headers.get('x-content-type-options') !== 'nosniff') yield 'may be sniffed'
    if (status < 400) return
    if (headers.get('cache-control') !== 'private, no-store') yield 'a failure may be cached'
    if (status === 401 && !headers.has('www-authenticate')) yield '401 without WWW-Authenticate'
    if (status === 405 && !headers.has('allow')) yield '405 without Allow'
    if ((status === 503 || status === 429) && !/^\d+$/.test(headers.get('retry-after') ?? '')) {
      yield `${status} without Retry-After`
    }
    if (INSIDE.test(text)) yield `tells of the inside: ${INSIDE.exec(text)?.[0]}`
    for (const secret of this.#secrets) if (text.includes(secret)) yield `tells ${secret}`
  }

  *#ofRoute(answered: Answered): Generator<string> {
    const { method, path, status, headers } = answered
    const template = templateOf(this.#document, path)
    if (template === undefined) {
      const expected = status === 404 || status === 400
      yield* expected ? this.#problem(answered) : ['no such path in the document']
      return
    }
    const named = method === 'HEAD' ? 'get' : method.toLowerCase()
    const operation = this.#document.paths[template]![named]
    if (operation === undefined) {
      if (method !== 'OPTIONS') {
        yield* status === 405 ? this.#problem(answered) : ['no such method in the document']
      }
      return
    }
    const documented = operation.responses[`${status}`]
    if (documented === undefined) {
      yield `status ${status} is not in the document`
      return
    }
    if (status < 400) yield* privacy(operation, headers)
    for (const [name, { required, schema }] of Object.entries(documented.headers ?? {})) {
      const value = headers.get(name)
      if (value === null) yield* required ? [`${name} is missing`] : []
      else if (!this.#ajv.validate(schema, value)) yield `${name} is ${value}`
    }
    yield* this.#body(answered, template, named, Object.keys(documented.content ?? {}))
    if (status >= 400 && operation.security !== undefined) yield* this.#problem(answered)
  }

  *#body(
    answered: Answered,
    template: string,
    method: string,
    types: readonly string[],
  ): Generator<string> {
    const { status, headers, text } = answered
    const type = headers.get('content-type')?.split(';')[0] ?? ''
    if (types.length === 0) {
      if (text !== '') yield 'has a body, which is not in the document'
      return
    }
    if (!types.includes(type)) {
      yield `is ${type || 'without a body'}, not ${types.join(' or ')}`
      return
    }
    if (answered.method === 'HEAD') {
      if (text !== '') yield 'HEAD has a body'
      return
    }
    if (!type.endsWith('json')) return
    const parts = ['paths', template, method, 'responses', `${status}`, 'content', type]
    const { schema } = this.#document.paths[template]![method]!.responses[status]!.content![type]!
    if (schema === undefined) return
    yield* this.#misfits(pointerTo(...parts, 'schema'), JSON.parse(text))
    if (type === PROBLEM) yield* unknownMembers(JSON.parse(text), schema)
  }

  *#problem({ method, status, headers, text }: Answered): Generator<string> {
    if (method === 'HEAD') return
    const type = headers.get('content-type')
    if (type !== PROBLEM) {
      yield `a failure is ${type}`
      return
    }
    const problem = JSON.parse(text)
    yield* this.#misfits(pointerTo('components', 'schemas', 'Problem'), problem)
    if (problem.status !== status) yield `the problem's status is ${problem.status}`
    if (problem.requestId !== headers.get('x-request-id'))
      yield "the problem's requestId is another"
  }

  *#misfits(pointer: string, value: unknown): Generator<string> {
    const validate = this.#validators.get(pointer) ?? this.#compile(pointer)
    if (validate(value)) return
    yield* (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
  }

  #compile(pointer: string): ValidateFunction {
    const validate = this.#ajv.compile({ $ref: `openapi${pointer}` })
    this.#validators.set(pointer, validate)
    return validate
  }

  #error(what: string): Error {
    return new Error(`${what}: ${this.#ajv.errorsText(undefined, { separator: '\n' })}`)
  }
}

/** What only its owner may see must not stay in a cache between them. */
function* privacy({ security }: Operation, headers: Headers): Generator<string> {
  const control = headers.get('cache-control') ?? ''
  if (security.length > 0 && control !== 'private, no-store') {
    yield `is personal, but Cache-Control is ${control}`
  }
}

/** Members that neither every problem has nor the document names for this one. */
function* unknownMembers(problem: object, schema: object): Generator<string> {
  const { allOf = [] } = schema as { allOf?: { properties?: object }[] }
  const named = allOf.flatMap(({ properties = {} }) => Object.keys(properties))
  for (const member of Object.keys(problem)) {
    if (![...COMMON_MEMBERS, ...named].includes(member)) yield `${member} is not in the document`
  }
}

/** What JSON Schema cannot say of a document: names that must agree or be unique. */
function checkNames({ paths }: OpenApiDocument): void {
  const ids = new Set<string>()
  for (const [path, operations] of Object.entries(paths)) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    for (const [method, { operationId, parameters = [] }] of Object.entries(operations)) {
      if (ids.has(operationId)) throw new Error(`two operations are ${operationId}`)
      ids.add(operationId)
      const named = parameters.filter((parameter) => parameter.in === 'path')
      if (named.map(({ name }) => name).join() !== inPath.join()) {
        throw new Error(`${method} ${path} does not tell its path parameters`)
      }
      const keys = parameters.map((parameter) => `${parameter.in} ${parameter.name}`)
      if (new Set(keys).size < keys.length) throw new Error(`${method} ${path} repeats a parameter`)
    }
  }
}
