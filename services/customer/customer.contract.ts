/**
 * Customers: who they are, how they prove it, and that they can be forgotten.
 *
 * Emits `customer.erased` with `{customerId}`: nothing may keep what identifies the customer.
 */
import Type from 'typebox'
import { action, contract, id, object, Timestamp, Version } from '../../kernel/contract.ts'
import { refusal, versionMismatch } from '../../kernel/errors.ts'

export const emailTaken = refusal('email_taken', 409, 'The e-mail address is taken')
export const badCredentials = refusal('bad_credentials', 401, 'Wrong e-mail address or password')
export const customerNotFound = refusal('customer_not_found', 404, 'No such customer')
export const tooManyAttempts = refusal(
  'too_many_attempts',
  429,
  'Too many attempts',
  object({ retryAfterS: Type.Integer({ minimum: 1, maximum: 60 }) }),
)

const LOCAL = '[^\\s\\u0000-\\u001f\\u007f@"(),:;<>\\[\\]\\\\]'
const LABEL = '[^\\s\\u0000-\\u001f\\u007f@"(),:;<>\\[\\]\\\\.]'

/** A mailbox in any script; quoted and bracketed forms are not taken. */
const Email = Type.String({
  maxLength: 254,
  pattern: `^${LOCAL}{1,64}@(?:${LABEL}{1,63}\\.)+${LABEL}{2,63}$`,
  description: 'Upper and lower case are the same',
})
const Name = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: '^(?=.*\\S)[^\\u0000-\\u001f\\u007f]*$',
})
const Password = Type.String({ minLength: 10, maxLength: 200 })

export const Customer = object(
  { id: id('cus'), email: Type.String(), name: Type.String(), createdAt: Timestamp },
  { title: 'Customer' },
)
export type Customer = Type.Static<typeof Customer>

export const Profile = object({ ...Customer.properties, version: Version }, { title: 'Profile' })

export const Session = object(
  {
    customer: Customer,
    token: Type.String({ description: 'For `Authorization: Bearer`' }),
    expiresAt: Timestamp,
  },
  { title: 'Session' },
)
export type Session = Type.Static<typeof Session>

const guestsCart = { cartId: Type.Optional(id('cart')) }
const mine = { customerId: id('cus') }
const myProfile = {
  path: '/customers/me',
  auth: 'customer',
  priority: 'cart',
  supplied: { customerId: 'customerId' },
  versioned: true,
} as const
const mySupplied = { ...myProfile.supplied, ifMatch: 'ifMatch' } as const

export const customerContract = contract('customer', 1, {
  register: action({
    params: object({ email: Email, password: Password, name: Name, ...guestsCart }),
    result: Session,
    errors: [emailTaken],
    key: 'email',
    idempotent: false,
    rest: {
      method: 'POST',
      path: '/customers',
      summary: "Makes a customer, logged in; a guest's cart that is named joins it",
      auth: 'public',
      priority: 'cart',
      supplied: { cartId: 'cartId' },
      status: 201,
      location: () => '/customers/me',
    },
  }),

  /** All attempts with one e-mail address are counted on one node. */
  login: action({
    params: object({
      email: Type.String({ minLength: 1, maxLength: 254 }),
      password: Type.String({ minLength: 1, maxLength: 200 }),
      ip: Type.String(),
      ...guestsCart,
    }),
    result: Session,
    errors: [badCredentials, tooManyAttempts],
    key: 'email',
    idempotent: false,
    rest: {
      method: 'POST',
      path: '/sessions',
      summary: "Logs a customer in; a guest's cart that is named joins the customer's",
      auth: 'public',
      priority: 'cart',
      supplied: { cartId: 'cartId', ip: 'ip' },
      status: 201,
    },
  }),

  get: action({
    params: object(mine),
    result: Profile,
    errors: [customerNotFound],
    key: 'customerId',
    idempotent: true,
    rest: { ...myProfile, method: 'GET', summary: 'Your profile' },
  }),

  update: action({
    params: object({ ...mine, name: Name, ifMatch: Type.Optional(Version) }),
    result: Profile,
    errors: [customerNotFound, versionMismatch],
    key: 'customerId',
    idempotent: true,
    rest: { ...myProfile, supplied: mySupplied, method: 'PATCH', summary: 'Changes your name' },
  }),

  erase: action({
    params: object({ ...mine, ifMatch: Type.Optional(Version) }),
    result: object({ done: Type.Literal(true) }),
    errors: [customerNotFound, versionMismatch],
    key: 'customerId',
    idempotent: true,
    rest: {
      ...myProfile,
      supplied: mySupplied,
      versioned: false,
      method: 'DELETE',
      summary: 'Erases what identifies you; figures of your orders stay',
      status: 204,
      empty: true,
    },
  }),

  /** Whether a token still stands for somebody. */
  exists: action({
    params: object(mine),
    result: object({ exists: Type.Boolean() }),
    key: 'customerId',
    idempotent: true,
  }),
})
