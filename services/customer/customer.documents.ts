/** What the customer service stores. */
import { fingerprint } from '../../kernel/ids.ts'
import { collection, type Document } from '../../mixins/store/store.ts'

/** A scrypt hash with what it was made with; salt and hash are base64url. */
export interface PasswordHash {
  n: number
  r: number
  p: number
  salt: string
  hash: string
}

export interface StoredCustomer extends Document {
  /** As it was given; `emailKey` of it is claimed. */
  email: string
  name: string
  password: PasswordHash
  createdAt: number
  updatedAt: number
}

/** Stands for ever where a customer was erased or a registration died: none comes there again. */
export interface ErasedCustomer extends Document {
  erasedAt: number
  /** The claim that is still to be removed. */
  emailKey?: string
  /** When the sweeper removes it; absent when nothing is left to do. */
  dueAt?: number
}

export type CustomerDocument = StoredCustomer | ErasedCustomer

/** Makes an e-mail address unique; id: `emailKey`. Its customer may not exist yet, or never. */
export interface EmailClaim extends Document {
  customerId: string
  claimedAt: number
}

const own = { shardKey: 'id', distribution: 'hashed', shards: 8 } as const

export const customers = collection<CustomerDocument>({
  name: 'customers',
  ...own,
  indexes: [{ fields: ['dueAt', 'id'], sparse: true }],
})

export const emailClaims = collection<EmailClaim>({ name: 'email_claims', ...own, indexes: [] })

export const customerCollections = [customers, emailClaims]

export function isCustomer(found: CustomerDocument | undefined): found is StoredCustomer {
  return found !== undefined && !('erasedAt' in found)
}

/** Stands for an e-mail address in all its spellings, and does not tell it to errors and logs. */
export function emailKey(email: string): string {
  return fingerprint('email', email.normalize('NFC').toLowerCase().normalize('NFC'))
}
