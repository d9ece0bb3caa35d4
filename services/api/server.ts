/**
 * The HTTP server: bounded in connections, in how slowly a client may send, and in how long it
 * takes to end. What is not HTTP is answered here; every request goes to the gateway.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, Server as NetServer } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { EnvError } from '../../kernel/env.ts'
import type { RefusalKind } from '../../kernel/errors.ts'
import { PROBLEM_TYPE } from './problem.ts'
import { bodyTooLarge, headersTooLarge, invalidRequest, requestTimeout } from './refusals.ts'

export interface ServerTimes {
  headersMs: number
  bodyMs: number
  /** How long a balancer has to notice that the node is not ready any more. */
  graceMs: number
  /** After this no request under way is waited for. */
  drainMs: number
}

export const SERVER_TIMES: ServerTimes = {
  headersMs: 15_000,
  bodyMs: 30_000,
  graceMs: 500,
  drainMs: 5_000,
}

const MAX_CONNECTIONS = 10_000
const MAX_HEADER_BYTES = 16_384
/** Above the minute after which balancers drop what idles: it is never this side that drops. */
const KEEP_ALIVE_MS = 65_000
/** A connection on which nothing moves in either direction. */
const SILENCE_MS = 120_000
/** How long a connection has for one more request, once the server closes. */
const IDLE_MS = 200

export class HttpServer {
  /** Sockets whose request may take as long as it likes, as long as it moves. */
  readonly uploads = new WeakSet<object>()
  readonly #server: Server
  readonly #times: ServerTimes
  readonly #replies = new WeakMap<Duplex, ServerResponse>()
  #draining = false
  #closing = false

  constructor(
    handle: (request: IncomingMessage, response: ServerResponse) => void,
    times: ServerTimes,
  ) {
    this.#times = times
    this.#server = createServer({
      headersTimeout: times.headersMs,
      requestTimeout: times.bodyMs,
      connectionsCheckingInterval: Math.min(1_000, times.headersMs / 4),
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      requireHostHeader: false,
    })
    this.#server.maxConnections = MAX_CONNECTIONS
    this.#server.timeout = SILENCE_MS
    this.#server.on('clientError', this.#refuse)
    this.#server.on('request', (request, response) => {
      this.#replies.set(request.socket, response)
      if (this.#closing) response.shouldKeepAlive = false
      handle(request, response)
    })
  }

  get isDraining(): boolean {
    return this.#draining
  }

  get address(): AddressInfo {
    return this.#server.address() as AddressInfo
  }

  /** @throws EnvError the address cannot be listened on */
  listen(port: number, host: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        reject(new EnvError(`PORT ${port} on ${host} cannot be listened on (${error.code})`))
      })
      this.#server.listen(port, host, resolve)
    })
  }

  /**
   * Lets every client go, and answers whatever arrives until they are gone; at most
   * `graceMs + drainMs`. First readiness fails. Then nobody new is let in, while connections stay:
   * busy ones end with their next reply, which says so, and after that the idle ones are closed.
   */
  async drain(): Promise<void> {
    if (this.#draining || !this.#server.listening) return
    this.#draining = true
    await pause(this.#times.graceMs)
    this.#closing = true
    // HTTP's own close would also cut connections whose next request is already on its way.
    const closed = new Promise<void>((resolve) => {
      NetServer.prototype.close.call(this.#server, () => resolve())
    })
    const idle = setInterval(() => this.#server.closeIdleConnections(), IDLE_MS)
    const bound = setTimeout(() => this.#server.closeAllConnections(), this.#times.drainMs)
    await closed
    clearInterval(idle)
    clearTimeout(bound)
    this.#server.close()
  }

  /** What cannot be read as a request, or not in time. */
  readonly #refuse = (error: NodeJS.ErrnoException, socket: Duplex): void => {
    const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
    if (late && this.uploads.has(socket)) return
    const reply = this.#replies.get(socket)
    const answering = reply?.headersSent === true && !reply.writableFinished
    if (error.code === 'ECONNRESET' || answering || !socket.writable) socket.destroy()
    else socket.end(rawProblem(kindOf(error)), () => socket.destroy())
  }
}

function kindOf({ code }: NodeJS.ErrnoException): RefusalKind {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return requestTimeout
    case 'HPE_HEADER_OVERFLOW':
      return headersTooLarge
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return bodyTooLarge
    default:
      return invalidRequest
  }
}

function rawProblem({ code, status, title }: RefusalKind): string {
  // Its own id could not be read either.
  const requestId = randomUUID()
  const problem = { type: `/docs#${code}`, title, status, detail: title, code, requestId }
  const body = JSON.stringify(problem)
  return [
    `HTTP/1.1 ${status} ${title}`,
    'Connection: close',
    'Cache-Control: private, no-store',
    `X-Request-Id: ${requestId}`,
    'X-Content-Type-Options: nosniff',
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}
