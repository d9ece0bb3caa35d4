/**
 * Rate limits: requests a minute by address and by customer, told in the fields of the IETF draft
 * (draft-ietf-httpapi-ratelimit-headers). A window begins with its first request.
 */
import type { Clock } from '../../kernel/clock.ts'
import { rateLimited } from './refusals.ts'

const WINDOW_MS = 60_000
/** What the memory holds at once: 20 MB of windows, more addresses than one gateway can serve. */
const MAX_WINDOWS = 100_000

export interface Hit {
  /** Requests in the window, this one included. */
  count: number
  /** Unix ms at which the window ends. */
  endsAt: number
}

/** Counts requests by key; a store that several gateways share answers with a promise. */
export interface RateWindows {
  hit(key: string, windowMs: number, nowMs: number): Hit | Promise<Hit>
}

/** In this process; when it is full, the oldest window is forgotten. */
export class MemoryWindows implements RateWindows {
  // All windows are equally long, so the order of insertion is the order in which they end.
  readonly #windows = new Map<string, Hit>()

  hit(key: string, windowMs: number, nowMs: number): Hit {
    const known = this.#windows.get(key)
    if (known && known.endsAt > nowMs) {
      known.count++
      return known
    }
    this.#windows.delete(key)
    this.#forget(nowMs)
    const opened = { count: 1, endsAt: nowMs + windowMs }
    this.#windows.set(key, opened)
    return opened
  }

  #forget(nowMs: number): void {
    for (const [key, { endsAt }] of this.#windows) {
      if (endsAt > nowMs && this.#windows.size < MAX_WINDOWS) return
      this.#windows.delete(key)
    }
  }
}

export class RateLimiter {
  readonly #perMinute: number
  readonly #windows: RateWindows
  readonly #clock: Clock

  /** `perMinute` 0: off. */
  constructor(perMinute: number, windows: RateWindows, clock: Clock) {
    this.#perMinute = perMinute
    this.#windows = windows
    this.#clock = clock
  }

  byAddress(address: string, fields: string[]): void | Promise<void> {
    return this.#check('default', `address:${networkOf(address)}`, fields)
  }

  byCustomer(customerId: string, fields: string[]): void | Promise<void> {
    return this.#check('customer', `customer:${customerId}`, fields)
  }

  /**
   * Adds the policy and what is left of it to the reply's `fields`.
   * @throws Refusal `rate_limited`
   */
  #check(policy: string, key: string, fields: string[]): void | Promise<void> {
    if (this.#perMinute === 0) return
    const nowMs = this.#clock.now()
    const hit = this.#windows.hit(key, WINDOW_MS, nowMs)
    if (!(hit instanceof Promise)) return this.#judge(policy, hit, nowMs, fields)
    return hit.then((shared) => this.#judge(policy, shared, nowMs, fields))
  }

  #judge(policy: string, { count, endsAt }: Hit, nowMs: number, fields: string[]): void {
    const left = Math.max(0, this.#perMinute - count)
    const resetS = Math.max(1, Math.ceil((endsAt - nowMs) / 1_000))
    fields.push(
      'RateLimit-Policy',
      `"${policy}";q=${this.#perMinute};w=${WINDOW_MS / 1_000}`,
      'RateLimit',
      `"${policy}";r=${left};t=${resetS}`,
    )
    if (count > this.#perMinute) {
      fields.push('Retry-After', `${resetS}`)
      throw rateLimited(`at most ${this.#perMinute} requests a minute`)
    }
  }
}

/** An IPv6 host has a whole /64 to send from. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('%')[0]!.split('::')
  const groups = head === '' ? [] : head.split(':')
  const behind = tail ? tail.split(':') : []
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - behind.length)
  const all = [...groups, ...new Array<string>(zeros).fill('0'), ...behind]
  return `${all.slice(0, 4).join(':')}::/64`
}
