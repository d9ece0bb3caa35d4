/** What becomes of a customer: made once, renamed, erased for good. */
import { versionMismatch } from '../../kernel/errors.ts'
import { behaviour, put, type Read, ref } from '../../mixins/actor/behaviour.ts'
import { customerNotFound, emailTaken } from './customer.contract.ts'
import {
  customers,
  type ErasedCustomer,
  emailKey,
  isCustomer,
  type PasswordHash,
  type StoredCustomer,
} from './customer.documents.ts'

/** Behind the longest request, so that the sweeper does not disturb the first attempt. */
export const ERASE_AGAIN_MS = 30_000

export interface OnCustomer {
  customerId: string
}

interface Change extends OnCustomer {
  ifMatch?: number
}

const reads = ({ customerId }: OnCustomer) => [ref(customers, customerId)]

function required(read: Read, { customerId, ifMatch }: Change): StoredCustomer {
  const found = read(customers, customerId)
  if (!isCustomer(found)) throw customerNotFound('there is no such customer')
  if (ifMatch !== undefined && ifMatch !== found.version) {
    throw versionMismatch('the profile has changed')
  }
  return found
}

export interface Create extends OnCustomer {
  email: string
  name: string
  password: PasswordHash
}

export const create = behaviour<Create, StoredCustomer>({
  reads,
  decide({ customerId, email, name, password }, read, now) {
    if (read(customers, customerId)) throw emailTaken('somebody else registered it meanwhile')
    const made = {
      id: customerId,
      version: 1,
      email,
      name,
      password,
      createdAt: now,
      updatedAt: now,
    }
    return { put: [put(customers, made)], reply: made }
  },
})

/**
 * Sees to it that a customer who was never made never will be. Replies whether there is none: then
 * the claim on the e-mail address binds nobody.
 */
export const ruleOut = behaviour<OnCustomer, boolean>({
  reads,
  decide({ customerId }, read, now) {
    const found = read(customers, customerId)
    if (found) return { reply: !isCustomer(found) }
    const never = { id: customerId, version: 1, erasedAt: now }
    return { put: [put(customers, never)], reply: true }
  },
})

export const rename = behaviour<Change & { name: string }, StoredCustomer>({
  reads,
  decide(command, read, now) {
    const found = required(read, command)
    if (found.name === command.name) return { reply: found }
    const { name } = command
    const renamed = { ...found, version: found.version + 1, name, updatedAt: now }
    return { put: [put(customers, renamed)], reply: renamed }
  },
})

export const erase = behaviour<Change, ErasedCustomer>({
  reads,
  decide(command, read, now) {
    const found = read(customers, command.customerId)
    if (found && !isCustomer(found)) return { reply: found }
    const { id, version, email } = required(read, command)
    const erased = {
      id,
      version: version + 1,
      erasedAt: now,
      emailKey: emailKey(email),
      dueAt: now + ERASE_AGAIN_MS,
    }
    return {
      put: [put(customers, erased)],
      events: [{ type: 'customer.erased', payload: { customerId: id } }],
      reply: erased,
    }
  },
})

/** The claim is removed: the e-mail address is nowhere any more. */
export const forget = behaviour<OnCustomer, undefined>({
  reads,
  decide({ customerId }, read) {
    const found = read(customers, customerId)
    if (!found || isCustomer(found) || found.dueAt === undefined) return { reply: undefined }
    const { id, version, erasedAt } = found
    const forgotten = { id, version: version + 1, erasedAt }
    return { put: [put(customers, forgotten)], reply: undefined }
  },
})
