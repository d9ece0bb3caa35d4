/**
 * Failures as RFC 9457 problem documents. A refusal is shown as it is; a part that is down is a
 * 503; everything else is a bare 500, so that no stack, name or message of the inside gets out.
 */
import type { Contract } from '../../kernel/contract.ts'
import {
  isRefusal,
  keyReused,
  overloaded,
  type Refusal,
  type RefusalKind,
  unavailable,
  versionMismatch,
} from '../../kernel/errors.ts'
import { ClientGone } from './body.ts'
import type { Exchange } from './exchange.ts'
import * as gatewayRefusals from './refusals.ts'
import { send } from './reply.ts'

export const PROBLEM_TYPE = 'application/problem+json'

export interface FaultLog {
  warn(...values: unknown[]): void
  error(...values: unknown[]): void
}

/** Errors, by name, that mean: not now. Their classes do not survive the wire; their names do. */
const UNAVAILABLE = new Set([
  'ServiceNotFoundError',
  'ServiceNotAvailableError',
  'RequestTimeoutError',
  'RequestSkippedError',
  'RequestRejectedError',
  'QueueIsFullError',
  'BrokerDisconnectedError',
  'GracefulStopTimeoutError',
  'ConflictError',
  'UnavailableError',
])

export class Problems {
  readonly #titles: ReadonlyMap<string, string>
  readonly #log: FaultLog

  constructor(contracts: readonly Contract[], log: FaultLog) {
    this.#titles = titlesOf(contracts)
    this.#log = log
  }

  /** Answers with what `error` means to a client, and logs what it means to us. */
  answer(exchange: Exchange, error: unknown): void {
    if (error instanceof ClientGone) return
    const refused = isRefusal(error) ? error : this.#refusalOf(exchange, error)
    if (refused.data?.replayed) exchange.headers.push('Idempotency-Replayed', 'true')
    this.refuse(exchange, refused.type, refused.code, refused.message, refused.data?.members)
  }

  refuse(
    exchange: Exchange,
    code: string,
    status: number,
    detail: string,
    members?: Record<string, unknown>,
  ): void {
    const { headers, requestId } = exchange
    const title = this.#titles.get(`${status} ${code}`) ?? code.replaceAll('_', ' ')
    const problem = { type: `/docs#${code}`, title, status, detail, code, requestId }
    const fields = ['Cache-Control', 'private, no-store']
    if (status === 401) fields.push('WWW-Authenticate', challenge(code))
    if ((status === 503 || status === 429) && !headers.includes('Retry-After')) {
      fields.push('Retry-After', `${members?.retryAfterS ?? 1}`)
    }
    send(exchange, {
      status,
      headers: fields,
      type: PROBLEM_TYPE,
      // The members of a refusal stand behind the common ones, and can replace none of them.
      body: JSON.stringify(members ? { ...problem, ...members, ...problem } : problem),
    })
  }

  #refusalOf({ requestId }: Exchange, error: unknown): Refusal {
    const name = error instanceof Error ? error.name : ''
    if (UNAVAILABLE.has(name)) {
      this.#log.warn(`request ${requestId} found a part unavailable: ${(error as Error).message}`)
      return unavailable('a part that this needs does not answer now')
    }
    this.#log.error(`request ${requestId} failed:`, error)
    return gatewayRefusals.internal('something went wrong here; it has been written down')
  }
}

function challenge(code: string): string {
  return code === gatewayRefusals.invalidToken.code
    ? 'Bearer realm="stoa", error="invalid_token"'
    : 'Bearer realm="stoa"'
}

/** A refusal's title does not cross the wire; its kind is looked up by status and code. */
function titlesOf(contracts: readonly Contract[]): Map<string, string> {
  const declared = contracts.flatMap(({ actions }) =>
    Object.values(actions).flatMap((action) => (action.errors ?? []) as RefusalKind[]),
  )
  const shared = [unavailable, overloaded, versionMismatch, keyReused]
  const kinds = [...shared, ...Object.values(gatewayRefusals), ...declared] as RefusalKind[]
  return new Map(kinds.map(({ status, code, title }) => [`${status} ${code}`, title]))
}
