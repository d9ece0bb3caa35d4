/**
 * The client of the whole-shop tests: every reply that it gets is held against the OpenAPI document
 * of the server, and a test ends where one does not agree.
 */
import { Agreement } from './agreement.ts'
import type { OpenApiDocument } from './document.ts'

/** A customer's token or the operator's key, and what else a request may bring. */
export interface Request {
  as?: string | undefined
  /** `Idempotency-Key`. */
  key?: string
  /** `X-Cart-Id`. */
  cart?: string
  headers?: Record<string, string>
  /** Sent as JSON. */
  body?: unknown
  /** Sent as it is, in place of `body`. */
  text?: string | Buffer
  /** Media type of the body; default JSON. Empty: none is named. */
  type?: string
}

export interface Reply<B = unknown> {
  status: number
  headers: Headers
  body: B
  text: string
}

export interface Problem {
  status: number
  code: string
  detail: string
  errors?: { field: string; message: string }[]
  items?: { productId: string; requested: number; available: number }[]
}

export class Client {
  readonly url: string
  readonly document: OpenApiDocument
  readonly #agreement: Agreement

  private constructor(url: string, document: OpenApiDocument, secrets: readonly string[]) {
    this.url = url
    this.document = document
    this.#agreement = new Agreement(document, secrets)
  }

  /** Learns the server's document. `secrets`: what no failure may tell. */
  static async open(url: string, secrets: readonly string[] = []): Promise<Client> {
    const reply = await fetch(`${url}/openapi.json`)
    return new Client(url, (await reply.json()) as OpenApiDocument, secrets)
  }

  /** `line`: method and target, `GET /products?limit=3`. Whatever the status, it must agree. */
  async attempt<B = Problem>(line: string, request: Request = {}): Promise<Reply<B>> {
    const [method = '', target = ''] = line.split(' ')
    const requestId = crypto.randomUUID()
    const headers = { 'x-request-id': requestId, ...headersOf(request) }
    const sent = request.text ?? (request.body === undefined ? null : JSON.stringify(request.body))
    // Whether a type is named is the request's to say: fetch names one for texts by itself.
    const body = typeof sent === 'string' ? Buffer.from(sent) : sent
    const reply = await fetch(this.url + target, { method, headers, body, redirect: 'manual' })
    const text = await reply.text()
    const path = new URL(target, this.url).pathname
    const { status } = reply
    this.#agreement.check({ method, path, requestId, status, headers: reply.headers, text })
    const isJson = reply.headers.get('content-type')?.endsWith('json') && text !== ''
    return { status, headers: reply.headers, text, body: (isJson ? JSON.parse(text) : null) as B }
  }

  /** @throws Error the request was refused */
  async send<B>(line: string, request?: Request): Promise<Reply<B>> {
    const reply = await this.attempt<B>(line, request)
    if (reply.status >= 400) throw new Error(`${line} → ${reply.status} ${reply.text}`)
    return reply
  }

  /** The body of a request that is taken. */
  async ask<B>(line: string, request?: Request): Promise<B> {
    return (await this.send<B>(line, request)).body
  }

  /** The problem of a request that is refused, as `402 card_declined`. */
  async refusal(line: string, request?: Request): Promise<string> {
    const { status, body } = await this.attempt(line, request)
    return `${status} ${body?.code ?? 'no problem'}`
  }
}

function headersOf({ as, key, cart, headers, body, text, type }: Request): Record<string, string> {
  const hasBody = body !== undefined || text !== undefined
  const named = type ?? 'application/json'
  return {
    ...(as !== undefined && { authorization: `Bearer ${as}` }),
    ...(key !== undefined && { 'idempotency-key': key }),
    ...(cart !== undefined && { 'x-cart-id': cart }),
    ...(hasBody && named !== '' && { 'content-type': named }),
    ...headers,
  }
}
