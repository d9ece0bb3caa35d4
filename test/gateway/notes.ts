/** A made-up service with every kind of route, and a gateway before it, for tests. */
import { ServiceBroker } from 'moleculer'
import Type from 'typebox'
import { systemClock } from '../../kernel/clock.ts'
import {
  action,
  type Contract,
  Cursor,
  contract,
  Idempotency,
  id,
  Limit,
  object,
  page,
  replayable,
  Version,
} from '../../kernel/contract.ts'
import { keyReused, type Refusal, refusal, versionMismatch } from '../../kernel/errors.ts'
import { signToken } from '../../kernel/token.ts'
import { implement } from '../../mixins/service.ts'
import { type ApiDependencies, apiService, gatewayUrl } from '../../services/api/api.service.ts'

export const OPERATOR_KEY = 'sk_the_operator'
export const JWT_SECRET = new TextEncoder().encode('a secret of at least thirty-two bytes')
export const CUSTOMER_ID = `cus_${'1'.repeat(26)}`
export const CART_ID = `cart_${'2'.repeat(26)}`
export const NOTE_ID = `prod_${'3'.repeat(26)}`

export const noteNotFound = refusal('note_not_found', 404, 'No such note')
export const noteLocked = refusal(
  'note_locked',
  409,
  'The note is locked',
  object({ by: Type.String() }),
)
const secretSpoken = refusal('secret_spoken', 422, 'Secrets are not taken')

const Note = object(
  {
    id: id('prod'),
    text: Type.String(),
    version: Version,
    expiresAt: Type.Optional(Type.String()),
  },
  { title: 'Note' },
)
const Echo = Type.Record(Type.String(), Type.Unknown())
const one = { noteId: id('prod') }
const browse = { auth: 'public', priority: 'browse' } as const

export const noteContract = contract('note', 1, {
  list: action({
    params: object({
      tag: Type.Optional(Type.String({ minLength: 1 })),
      limit: Limit,
      cursor: Type.Optional(Cursor),
    }),
    result: page(Note),
    idempotent: true,
    rest: {
      ...browse,
      method: 'GET',
      path: '/notes',
      summary: 'Notes',
      cache: { maxAgeS: 1, staleWhileRevalidateS: 30, staleIfErrorS: 600 },
      cacheTags: ({ items }) => ['notes', ...items.map((note) => `note-${note.id}`)],
    },
  }),
  get: action({
    params: object(one),
    result: Note,
    errors: [noteNotFound],
    idempotent: true,
    rest: { ...browse, method: 'GET', path: '/notes/:noteId', summary: 'A note', versioned: true },
  }),
  add: action({
    params: object({
      customerId: id('cus'),
      idempotency: Idempotency,
      text: Type.String({ minLength: 1, maxLength: 2_000 }),
    }),
    result: replayable(Note),
    errors: [noteLocked, keyReused, secretSpoken],
    idempotent: true,
    rest: {
      method: 'POST',
      path: '/notes',
      summary: 'Adds a note',
      auth: 'customer',
      priority: 'order',
      supplied: { customerId: 'customerId', idempotency: 'idempotency' },
      idempotencyKey: true,
      status: ({ value }) => (value.text === 'slowly' ? 202 : 201),
      otherStatuses: [201, 202],
      location: ({ value }) => `/notes/${value.id}`,
      versioned: true,
      screen(body) {
        if (JSON.stringify(body).includes('secret')) throw secretSpoken('keep it to yourself')
      },
    },
  }),
  replace: action({
    params: object({ ...one, text: Type.String(), ifMatch: Type.Optional(Version) }),
    result: Note,
    errors: [noteNotFound, versionMismatch],
    idempotent: true,
    rest: {
      method: 'PUT',
      path: '/admin/notes/:noteId',
      summary: 'Replaces a note',
      auth: 'operator',
      priority: 'operate',
      supplied: { ifMatch: 'ifMatch' },
      ifMatchRequired: true,
      versioned: true,
    },
  }),
  remove: action({
    params: object(one),
    result: object({}),
    idempotent: true,
    rest: {
      method: 'DELETE',
      path: '/admin/notes/:noteId',
      summary: 'Removes a note',
      auth: 'operator',
      priority: 'operate',
      status: 204,
      empty: true,
    },
  }),
  basket: action({
    params: object({
      cartId: Type.Optional(id('cart')),
      customerId: Type.Optional(id('cus')),
      ip: Type.String(),
      count: Type.Optional(Type.Integer({ minimum: 1 })),
    }),
    result: Echo,
    idempotent: true,
    rest: {
      method: 'POST',
      path: '/basket',
      summary: 'Shows what it is told',
      auth: 'shopper',
      priority: 'cart',
      supplied: { cartId: 'cartId', customerId: 'customerId', ip: 'ip' },
      cartReply: true,
    },
  }),
  webhook: action({
    params: object({ provider: Type.String(), webhook: Echo }),
    result: Echo,
    idempotent: true,
    rest: {
      method: 'POST',
      path: '/webhooks/:provider',
      summary: 'Shows what was sent',
      auth: 'public',
      priority: 'pay',
      supplied: { webhook: 'webhook' },
    },
  }),
  fail: action({
    params: object({ how: Type.String() }),
    result: Echo,
    idempotent: true,
    rest: { ...browse, method: 'GET', path: '/fail/:how', summary: 'Fails' },
  }),
  importLines: action({
    params: object({
      lines: Type.Array(object({ line: Type.Integer(), product: Type.Unknown() })),
    }),
    result: Echo,
    idempotent: true,
    rest: {
      method: 'POST',
      path: '/admin/notes/import',
      summary: 'Takes lines',
      auth: 'operator',
      priority: 'operate',
      stream: 'ndjson',
    },
  }),
})

export type ImportedLines = { line: number; product: unknown }[]

export interface World {
  broker: ServiceBroker
  url: string
  port: number
  /** Parameters of the calls that reached the service, the latest last. */
  calls: Record<string, unknown>[]
  /** Batches that an import sent. */
  batches: ImportedLines[]
  /** What `GET /fail/:how` and imports throw or wait for. */
  failures: Record<string, () => unknown>
  token(customerId?: string): Promise<string>
  stop(): Promise<void>
}

export async function startWorld(overrides: Partial<ApiDependencies> = {}): Promise<World> {
  const broker = new ServiceBroker({ logger: false, registry: { stopDelay: 0 } })
  const seen: Pick<World, 'calls' | 'batches' | 'failures'> = {
    calls: [],
    batches: [],
    failures: {},
  }
  broker.createService(noteService(seen))
  const { env, ...others } = overrides
  broker.createService(
    apiService({
      contracts: [noteContract as unknown as Contract],
      env: { host: '127.0.0.1', port: 0, paymentWaitMs: 2_500, rateLimitPerMinute: 0, ...env },
      clock: systemClock,
      keys: { jwtSecret: JWT_SECRET, operatorKey: OPERATOR_KEY },
      isCustomer: async () => true,
      missing: () => [],
      ...others,
      times: { graceMs: 0, drainMs: 1_000, ...others.times },
    }),
  )
  await broker.start()
  const url = gatewayUrl(broker)
  return {
    broker,
    url,
    port: Number(new URL(url).port),
    ...seen,
    async token(customerId = CUSTOMER_ID) {
      return (await signToken({ customerId }, JWT_SECRET, Date.now())).token
    },
    stop: () => broker.stop(),
  }
}

function noteService({ calls, batches, failures }: Pick<World, 'calls' | 'batches' | 'failures'>) {
  const note = (text: string, version = 1) => ({ id: NOTE_ID, text, version })
  const answers = new Map<string, { fingerprint: string; text: string }>()
  const heard = <P>(params: P): P => {
    calls.push(params as Record<string, unknown>)
    return params
  }
  return implement(
    noteContract,
    {
      list(params) {
        const { limit, cursor } = heard(params)
        const items = Array.from({ length: limit }, (_, index) => note(`${cursor} ${index}`))
        return { items, nextCursor: cursor === 'last' ? null : 'next_page' }
      },
      get(params) {
        if (heard(params).noteId !== NOTE_ID) throw noteNotFound('look elsewhere')
        return note('hello', 7)
      },
      add(params) {
        const { idempotency, text } = heard(params)
        const before = answers.get(idempotency.key)
        if (before && before.fingerprint !== idempotency.fingerprint)
          throw keyReused('with another')
        answers.set(idempotency.key, { fingerprint: idempotency.fingerprint, text })
        if (text === 'locked') {
          const locked = noteLocked('try another', { by: 'me' })
          throw Object.assign(locked, {
            data: { ...locked.data, replayed: Boolean(before) },
          }) as Refusal
        }
        return { replayed: Boolean(before), value: note(text) }
      },
      replace(params) {
        const { text, ifMatch } = heard(params)
        if (ifMatch !== undefined && ifMatch !== 7) throw versionMismatch('it is 7')
        return note(text, 8)
      },
      remove: (params) => heard({ ...params }) && {},
      basket: (params) => ({ ...heard(params), id: CART_ID }),
      webhook: (params) => heard(params),
      async fail(params) {
        return (await failures[heard(params).how]!()) as Record<string, unknown>
      },
      async importLines({ lines }) {
        batches.push(lines)
        await failures.import?.()
        const bad = lines.filter(({ product }) => (product as { bad?: boolean }).bad)
        return {
          imported: lines.length - bad.length,
          updated: 0,
          errors: bad.map(({ line }) => ({ line, message: 'is bad' })),
        }
      },
    },
    systemClock,
  )
}
