/**
 * An e-mail address is one customer's: it is claimed before the customer is made, and the claim is
 * removed after the customer was erased. A crash in between leaves a claim that binds nobody; the
 * next who wants the address takes it over, once the customer of that claim is ruled out for ever.
 */
import type { Clock } from '../../kernel/clock.ts'
import { unavailable } from '../../kernel/errors.ts'
import { newId } from '../../kernel/ids.ts'
import type { Actors } from '../../mixins/actor/actor.ts'
import { ConflictError, type Store, type Write } from '../../mixins/store/store.ts'
import { create, forget, ruleOut } from './customer.actor.ts'
import { emailTaken } from './customer.contract.ts'
import {
  customers,
  type EmailClaim,
  type ErasedCustomer,
  emailClaims,
  emailKey,
  isCustomer,
  type PasswordHash,
  type StoredCustomer,
} from './customer.documents.ts'

/** A registration that has not made its customer by then is dead or late; late ones are refused. */
const ABANDONED_MS = 60_000
const MAX_ATTEMPTS = 5

export interface ClaimDependencies {
  store: Store
  clock: Clock
  actors: Actors
}

export interface Registration {
  email: string
  name: string
  password: PasswordHash
}

/** @throws Refusal `email_taken` */
export async function register(
  dependencies: ClaimDependencies,
  registration: Registration,
): Promise<StoredCustomer> {
  const { clock, actors } = dependencies
  const customerId = newId('cus', clock.now())
  const key = emailKey(registration.email)
  await claim(dependencies, key, customerId)
  try {
    return await actors.send(create, customerId, { customerId, ...registration })
  } catch (error) {
    await giveUp(dependencies, key, customerId).catch(() => {})
    throw error
  }
}

/** So that the next attempt need not wait; where this fails too, it does. */
async function giveUp({ store, actors }: ClaimDependencies, key: string, customerId: string) {
  const isNobody = await actors.send(ruleOut, customerId, { customerId })
  if (isNobody) await release(store, key, customerId)
}

/** @throws Refusal `email_taken` */
export async function refuseTaken({ store }: ClaimDependencies, email: string): Promise<void> {
  const standing = await store.get(emailClaims, emailKey(email))
  if (standing && isCustomer(await store.get(customers, standing.customerId))) throw taken()
}

async function claim(dependencies: ClaimDependencies, key: string, customerId: string) {
  const { store, clock } = dependencies
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const standing = await store.get(emailClaims, key)
    if (standing && (await binds(dependencies, standing))) throw taken()
    if (await written(store, claimed(key, customerId, standing, clock.now()))) return
  }
  throw unavailable('too many claims of one e-mail address')
}

async function binds(
  { store, clock, actors }: ClaimDependencies,
  { customerId, claimedAt }: EmailClaim,
): Promise<boolean> {
  const found = await store.get(customers, customerId)
  if (isCustomer(found)) return true
  if (!found && claimedAt + ABANDONED_MS > clock.now()) return true
  return !(await actors.send(ruleOut, customerId, { customerId }))
}

function claimed(key: string, customerId: string, standing: EmailClaim | undefined, now: number) {
  // Time, not 1: a claim comes and goes, and a late remove must never meet a version it has seen.
  const version = Math.max(now, (standing?.version ?? 0) + 1)
  const document: EmailClaim = { id: key, version, customerId, claimedAt: now }
  const write: Write = standing
    ? { op: 'replace', collection: emailClaims, document, ifVersion: standing.version }
    : { op: 'insert', collection: emailClaims, document }
  return { key, writes: [write] }
}

/** The rest of an erasure; may be repeated at any point. */
export async function finishErasure(
  { store, actors }: ClaimDependencies,
  { id: customerId, emailKey: key }: ErasedCustomer,
): Promise<void> {
  if (key === undefined) return
  await release(store, key, customerId)
  await actors.send(forget, customerId, { customerId })
}

async function release(store: Store, key: string, customerId: string): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const standing = await store.get(emailClaims, key)
    if (standing?.customerId !== customerId) return
    const { version } = standing
    const write: Write = { op: 'remove', collection: emailClaims, id: key, ifVersion: version }
    if (await written(store, { key, writes: [write] })) return
  }
  throw unavailable('too many claims of one e-mail address')
}

/** False when another was faster. */
async function written(store: Store, commit: { key: string; writes: Write[] }): Promise<boolean> {
  try {
    await store.commit(commit)
    return true
  } catch (error) {
    if (error instanceof ConflictError) return false
    throw error
  }
}

function taken() {
  return emailTaken('there is a customer with this e-mail address')
}
