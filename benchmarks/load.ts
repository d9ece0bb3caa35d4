/**
 * The load: so many connections, each with one request under way, as fast as the server answers. A
 * reply that is not what was expected ends the run: a fast wrong answer is no figure. Only a server
 * that says that it is too busy is believed and asked for something else; that is counted.
 */
import { Pool } from 'undici'

export const CONNECTIONS = 32

export interface Operation {
  method: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  /** Sent as JSON. */
  body?: object
  /** The status that the reply must have. */
  status: number
  /** Whether the reply's body is the right one. */
  // biome-ignore lint/suspicious/noExplicitAny: replies of every route
  isRight(reply: any): boolean
  /** Told of a right reply. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  served?(reply: any): void
}

export interface Load {
  /** Without those that were refused. */
  operations: number
  refused: number
  seconds: number
  /** Ascending, ms, one an operation. */
  latencies: Float64Array
}

export class Driver {
  readonly #pool: Pool

  constructor(url: string) {
    this.#pool = new Pool(url, { connections: CONNECTIONS, pipelining: 1 })
  }

  /**
   * Runs what `next` gives until `seconds` have passed or it gives nothing more.
   * @throws Error a reply was not the right one
   */
  async run(next: () => Operation | undefined, seconds: number): Promise<Load> {
    const latencies: number[] = []
    let refused = 0
    const startedAt = performance.now()
    const until = startedAt + seconds * 1_000
    const connection = async () => {
      for (;;) {
        const sentAt = performance.now()
        const operation = sentAt < until ? next() : undefined
        if (!operation) return
        if (await this.serve(operation)) latencies.push(performance.now() - sentAt)
        else refused += 1
      }
    }
    await Promise.all(Array.from({ length: CONNECTIONS }, connection))
    return {
      operations: latencies.length,
      refused,
      seconds: (performance.now() - startedAt) / 1_000,
      latencies: Float64Array.from(latencies).sort(),
    }
  }

  /**
   * The reply's body; undefined where the server is too busy. @throws Error it is not the right one
   */
  async serve(operation: Operation): Promise<unknown> {
    const { method, path, headers = {}, body, status } = operation
    const reply = await this.#pool.request({
      method,
      path,
      headers: body ? { ...headers, 'content-type': 'application/json' } : headers,
      body: body ? JSON.stringify(body) : null,
    })
    const text = await reply.body.text()
    if (reply.statusCode === 503 && JSON.parse(text).code === 'overloaded') return undefined
    const value = reply.statusCode === status ? JSON.parse(text) : undefined
    if (value === undefined || !operation.isRight(value)) {
      throw new Error(`wrong answer to ${method} ${path}: ${reply.statusCode} ${text}`)
    }
    operation.served?.(value)
    return value
  }

  close(): Promise<void> {
    return this.#pool.close()
  }
}
