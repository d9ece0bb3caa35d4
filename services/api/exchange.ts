/** One request and the reply to it: what every step of serving it shares. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

const REQUEST_ID = /^[A-Za-z0-9._-]{8,128}$/

export class Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly receivedAtMs: number
  readonly requestId: string
  /** The path as sent, and its percent-decoded segments. */
  readonly path: string
  segments: readonly string[] = []
  /** What stands behind the `?`, as sent. */
  readonly query: string
  /** The values of the route's path parameters, in order. */
  pathValues: readonly string[] = []
  /** Of the reply: names and values in turn, as `writeHead` takes them. */
  readonly headers: string[]

  constructor(request: IncomingMessage, response: ServerResponse, receivedAtMs: number) {
    const target = originForm(request.url!)
    const mark = target.indexOf('?')
    this.request = request
    this.response = response
    this.receivedAtMs = receivedAtMs
    this.path = mark < 0 ? target : target.slice(0, mark)
    this.query = mark < 0 ? '' : target.slice(mark + 1)
    const wanted = this.header('x-request-id')
    this.requestId = wanted !== undefined && REQUEST_ID.test(wanted) ? wanted : randomUUID()
    this.headers = ['X-Request-Id', this.requestId]
  }

  /** `name` in lower case. */
  header(name: string): string | undefined {
    return this.request.headers[name] as string | undefined
  }

  /** HTTP/1.1 requires a Host (RFC 9112, section 3.2). */
  get isHostless(): boolean {
    return this.request.httpVersion === '1.1' && this.request.headers.host === undefined
  }

  /** The peer's; no header can change it. */
  get address(): string {
    const address = this.request.socket.remoteAddress ?? ''
    return address.startsWith('::ffff:') ? address.slice(7) : address
  }
}

/** A target in absolute form (RFC 9112, section 3.2.2) names the same path. */
function originForm(target: string): string {
  if (target.startsWith('/')) return target
  const authority = target.indexOf('://')
  const path = authority < 0 ? -1 : target.indexOf('/', authority + 3)
  return path < 0 ? '' : target.slice(path)
}
