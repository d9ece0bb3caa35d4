/**
 * Passwords are kept as scrypt hashes. Hashing costs a core and 32 MiB for a good part of a second
 * on purpose, so only a few run at once, on threads that others need too, and only so many wait.
 */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import type { Clock } from '../../kernel/clock.ts'
import { overloaded, unavailable } from '../../kernel/errors.ts'
import type { PasswordHash } from './customer.documents.ts'

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)

export interface Cost {
  n: number
  r: number
  p: number
}

/** From OWASP's Password Storage Cheat Sheet: the least memory of its equals above 16 MiB. */
export const COST: Cost = { n: 2 ** 15, r: 8, p: 3 }
const HASH_BYTES = 32
const SALT_BYTES = 16

/** libuv's pool has four threads. */
const AT_ONCE = Math.min(3, availableParallelism())
const MAX_WAITING = 60

export class Passwords {
  private readonly clock: Clock
  private readonly cost: Cost
  private readonly nobodys: PasswordHash
  private running = 0
  private readonly waiting: (() => void)[] = []

  constructor(clock: Clock, cost: Cost = COST) {
    this.clock = clock
    this.cost = cost
    const [salt, hash] = [randomBytes(SALT_BYTES), randomBytes(HASH_BYTES)].map(encode)
    this.nobodys = { ...cost, salt: salt!, hash: hash! }
  }

  /** @throws Refusal `overloaded`, `unavailable` when nobody waits for the answer any more */
  async hash(password: string, deadlineMs?: number): Promise<PasswordHash> {
    const salt = randomBytes(SALT_BYTES)
    const hash = await this.turn(deadlineMs, () => derived(password, salt, this.cost))
    return { ...this.cost, salt: encode(salt), hash: encode(hash) }
  }

  /**
   * Takes as long where there is nothing to compare with.
   *
   * @throws Refusal `overloaded`, `unavailable` when nobody waits for the answer any more
   */
  async verify(
    password: string,
    known: PasswordHash | undefined,
    deadlineMs?: number,
  ): Promise<boolean> {
    const { salt, hash, ...cost } = known ?? this.nobodys
    const found = await this.turn(deadlineMs, () => derived(password, decode(salt), cost))
    return timingSafeEqual(found, decode(hash)) && known !== undefined
  }

  private async turn<T>(deadlineMs: number | undefined, task: () => Promise<T>): Promise<T> {
    if (this.running < AT_ONCE) {
      this.running += 1
    } else {
      if (this.waiting.length >= MAX_WAITING) throw overloaded('too many passwords are waiting')
      await new Promise<void>((resolve) => this.waiting.push(resolve))
    }
    try {
      if (deadlineMs !== undefined && this.clock.now() > deadlineMs) {
        throw unavailable('the deadline of this request has passed')
      }
      return await task()
    } finally {
      const next = this.waiting.shift()
      if (next) next()
      else this.running -= 1
    }
  }
}

/** A password is the same however its characters are composed (NIST SP 800-63B). */
function derived(password: string, salt: Buffer, { n, r, p }: Cost): Promise<Buffer> {
  const options = { N: n, r, p, maxmem: 128 * r * (n + p + 2) }
  return derive(password.normalize('NFKC'), salt, HASH_BYTES, options)
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64url')
}

function decode(text: string): Buffer {
  return Buffer.from(text, 'base64url')
}
