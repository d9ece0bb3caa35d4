import { resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { type Env, EnvError, readEnv, SERVICE_NAMES } from './env.ts'

interface Variable {
  field: keyof Env
  unset: unknown
  good: [value: string, read: unknown][]
  bad?: string[]
}

const WEBHOOK_SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`

function same(...values: string[]): [string, string][] {
  return values.map((value) => [value, value])
}

function integer(unset: number, min: number, max: number): Omit<Variable, 'field'> {
  return {
    unset,
    good: [
      [String(min), min],
      [String(max), max],
      [`00${max}`, max],
    ],
    bad: [
      `${min - 1}`,
      `${max + 1}`,
      '1.5',
      '1e3',
      '0x10',
      ' 7',
      '7\n',
      'many',
      '-0',
      '9'.repeat(16),
    ],
  }
}

const variables: Record<string, Variable> = {
  HOST: { field: 'host', unset: '127.0.0.1', good: same('0.0.0.0', '::1') },
  PORT: { field: 'port', ...integer(3000, 0, 65_535) },
  METRICS_PORT: { field: 'metricsPort', ...integer(3030, 0, 65_535) },
  DATA_DIR: { field: 'dataDir', unset: resolve('.data'), good: [['a/b', resolve('a/b')]] },
  SERVICES: {
    field: 'services',
    unset: SERVICE_NAMES,
    good: [
      ['api', ['api']],
      ['order, cart,order', ['order', 'cart']],
    ],
    bad: ['orders', 'api,', ',', 'api;cart', 'api\ncart'],
  },
  NODE_ID: {
    field: 'nodeId',
    unset: undefined,
    good: same('a', 'stoa-0.eu_1', 'x'.repeat(64)),
    bad: ['-a', 'a b', 'a/b', 'x'.repeat(65)],
  },
  NATS_URL: {
    field: 'natsUrl',
    unset: undefined,
    good: same('nats://a:4222', 'tls://a:4222,tls://b:4222'),
    bad: ['a:4222', 'http://a', 'nats://', 'nats://a b'],
  },
  REDIS_URL: {
    field: 'redisUrl',
    unset: undefined,
    good: same('redis://a', 'rediss://u:p@a:6380/1'),
    bad: ['a:6379', 'redis://'],
  },
  MONGODB_URI: {
    field: 'mongodbUri',
    unset: undefined,
    good: same('mongodb://a,b/stoa', 'mongodb+srv://a'),
    bad: ['mongo://a', 'mongodb://'],
  },
  JWT_SECRET: {
    field: 'jwtSecret',
    unset: undefined,
    good: same('x'.repeat(16)),
    bad: ['x'.repeat(15), 'secretly\nsecretly'],
  },
  ADMIN_API_KEY: {
    field: 'adminApiKey',
    unset: undefined,
    good: same('sk_abcd', 'sk_~!#&'),
    bad: ['sk_abc', 'abcdefgh', 'sk_ab cd', 'sk_äbcd'],
  },
  RESERVATION_TTL_MS: { field: 'reservationTtlMs', ...integer(900_000, 100, 604_800_000) },
  PAYMENT_WAIT_MS: { field: 'paymentWaitMs', ...integer(2_500, 10, 60_000) },
  RATE_LIMIT_PER_MINUTE: { field: 'rateLimitPerMinute', ...integer(60_000, 0, 1_000_000_000) },
  LOGIN_LIMIT_PER_MINUTE: { field: 'loginLimitPerMinute', ...integer(10, 0, 1_000_000_000) },
  LOG_LEVEL: {
    field: 'logLevel',
    unset: 'info',
    good: same('fatal', 'error', 'warn', 'info', 'debug', 'trace'),
    bad: ['INFO', 'verbose', 'info '],
  },
  DEMO_CATALOG: {
    field: 'demoCatalog',
    unset: true,
    good: [
      ['on', true],
      ['off', false],
    ],
    bad: ['true', '0', 'OFF'],
  },
  STRIPE_SECRET_KEY: {
    field: 'stripeSecretKey',
    unset: undefined,
    good: same('sk_test_1', 'rk_live_1'),
    bad: ['pk_test_1', 'sk_', 'sk_test 1'],
  },
  STRIPE_WEBHOOK_SECRET: {
    field: 'stripeWebhookSecret',
    unset: undefined,
    good: same('whsec_1'),
    bad: ['whsec_', 'secret'],
  },
  STRIPE_URL: {
    field: 'stripeUrl',
    unset: undefined,
    good: same('http://127.0.0.1:1', 'https://stripe.test'),
    bad: ['127.0.0.1:1', 'http://', 'http://a/v1', 'ftp://a'],
  },
  SANDBOX_WEBHOOK_SECRET: {
    field: 'sandboxWebhookSecret',
    unset: undefined,
    good: same(WEBHOOK_SECRET),
    bad: ['whsec_short', WEBHOOK_SECRET.slice(6), `${WEBHOOK_SECRET}!`],
  },
}

function errorOf(name: string, value: string): Error {
  try {
    readEnv({ [name]: value })
  } catch (error) {
    return error as Error
  }
  throw new Error(`${name} took ${JSON.stringify(value)}`)
}

test('without variables everything has its default', () => {
  const defaults = Object.values(variables).map(({ field, unset }) => [field, unset])
  expect(readEnv({})).toEqual(Object.fromEntries(defaults))
})

describe.each(Object.entries(variables))('%s', (name, { field, unset, good, bad = [] }) => {
  test('is read', () => {
    for (const [value, read] of good) expect(readEnv({ [name]: value })[field]).toEqual(read)
    expect(readEnv({ [name]: '' })[field]).toEqual(unset)
  })

  if (bad.length === 0) return
  test.each(bad)('does not take %j, and says so in one line', (value) => {
    const error = errorOf(name, value)
    expect(error).toBeInstanceOf(EnvError)
    expect(error.message).toMatch(new RegExp(`^${name} takes .+$`))
    expect(error.message).not.toMatch(/[\r\n]/)
    // What may hold a password is not told, whatever it is.
    if (/SECRET|KEY|UR[IL]/.test(name)) expect(error.message).toBe(errorOf(name, '!').message)
  })
})
