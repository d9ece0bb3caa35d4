/**
 * Who sends a request: nobody, a customer with a token, or an operator with the key. Tokens that
 * were verified are remembered until they expire; that their customer still exists, for a minute.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../kernel/clock.ts'
import type { Auth } from '../../kernel/contract.ts'
import { type Claims, verifyToken } from '../../kernel/token.ts'
import { authenticationRequired, forbidden, invalidToken } from './refusals.ts'

export interface Sender {
  customerId?: string
}

export interface IdentityKeys {
  jwtSecret: Uint8Array
  operatorKey: string
}

const NOBODY: Sender = Object.freeze({})
const KNOWN_FOR_MS = 60_000
/** Of remembered tokens and of remembered customers; the oldest is forgotten first. */
const MAX_REMEMBERED = 10_000

export class Identity {
  readonly #keys: IdentityKeys
  readonly #operatorDigest: Buffer
  readonly #clock: Clock
  readonly #isCustomer: (customerId: string) => Promise<boolean>
  readonly #claims = new Map<string, Claims>()
  readonly #customers = new Map<string, { exists: boolean; until: number }>()

  constructor(
    keys: IdentityKeys,
    clock: Clock,
    isCustomer: (customerId: string) => Promise<boolean>,
  ) {
    this.#keys = keys
    this.#operatorDigest = digest(keys.operatorKey)
    this.#clock = clock
    this.#isCustomer = isCustomer
  }

  /**
   * The sender of `Authorization: Bearer …`, if the route is for such as them. Answers without a
   * promise what is known already.
   * @throws Refusal `authentication_required`, `invalid_token` (401) or `forbidden` (403)
   */
  identify(auth: Auth, authorization: string | undefined): Sender | Promise<Sender> {
    if (auth === 'public') return NOBODY
    if (authorization === undefined) {
      if (auth === 'shopper') return NOBODY
      throw authenticationRequired(
        auth === 'operator' ? 'the operator key is needed' : "a customer's token is needed",
      )
    }
    const bearer = /^bearer +(\S+)$/i.exec(authorization)?.[1]
    if (bearer === undefined) throw invalidToken('Authorization must be a bearer token')
    if (bearer.startsWith('sk_')) return this.#operator(auth, bearer)
    const sender = this.#customer(bearer)
    if (auth !== 'operator') return sender
    return sender instanceof Promise ? sender.then(refuseCustomer) : refuseCustomer()
  }

  /** The customer was erased: their tokens end now. */
  forgetCustomer(customerId: string): void {
    remember(this.#customers, customerId, {
      exists: false,
      until: this.#clock.now() + KNOWN_FOR_MS,
    })
  }

  #operator(auth: Auth, key: string): Sender {
    if (!timingSafeEqual(digest(key), this.#operatorDigest)) {
      throw invalidToken('the operator key is not valid')
    }
    if (auth !== 'operator') throw forbidden("the operator key does not open a customer's routes")
    return NOBODY
  }

  #customer(token: string): Sender | Promise<Sender> {
    const claims = this.#claims.get(token)
    if (!claims) return this.#verify(token)
    if (claims.expiresAt <= this.#clock.now()) {
      this.#claims.delete(token)
      throw expired()
    }
    return this.#existing(claims)
  }

  async #verify(token: string): Promise<Sender> {
    const claims = await verifyToken(token, this.#keys.jwtSecret, this.#clock.now())
    if (!claims) throw expired()
    remember(this.#claims, token, claims)
    return this.#existing(claims)
  }

  #existing(claims: Claims): Sender | Promise<Sender> {
    const known = this.#customers.get(claims.customerId)
    if (!known || known.until <= this.#clock.now()) return this.#ask(claims)
    if (!known.exists) throw expired()
    return claims
  }

  async #ask(claims: Claims): Promise<Sender> {
    const { customerId } = claims
    const before = this.#customers.get(customerId)
    const exists = await this.#isCustomer(customerId)
    // An erasure that was told while the question was under way is the later answer.
    if (this.#customers.get(customerId) === before) {
      remember(this.#customers, customerId, { exists, until: this.#clock.now() + KNOWN_FOR_MS })
    }
    if (!this.#customers.get(customerId)!.exists) throw expired()
    return claims
  }
}

function refuseCustomer(): never {
  throw forbidden('only operators may do this')
}

function expired() {
  return invalidToken('the token is not valid, or not any more')
}

/** Digests are equally long, so that comparing them tells nothing of where keys differ. */
function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  if (map.size >= MAX_REMEMBERED) map.delete(map.keys().next().value!)
  map.set(key, value)
}
