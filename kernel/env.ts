/** The one reader of process.env: every variable, what it takes, and its default. */
import { resolve } from 'node:path'

export const SERVICE_NAMES = [
  'api',
  'catalog',
  'search',
  'cart',
  'order',
  'inventory',
  'payment',
  'customer',
  'operator',
] as const
export type ServiceName = (typeof SERVICE_NAMES)[number]

export interface Env {
  host: string
  port: number
  metricsPort: number
  dataDir: string
  services: readonly ServiceName[]
  nodeId: string | undefined
  natsUrl: string | undefined
  redisUrl: string | undefined
  mongodbUri: string | undefined
  jwtSecret: string | undefined
  adminApiKey: string | undefined
  reservationTtlMs: number
  paymentWaitMs: number
  /** 0: off. */
  rateLimitPerMinute: number
  /** 0: off. */
  loginLimitPerMinute: number
  logLevel: LogLevel
  demoCatalog: boolean
  stripeSecretKey: string | undefined
  stripeWebhookSecret: string | undefined
  /** Where a Stripe stand-in listens; the real one when unset. */
  stripeUrl: string | undefined
  sandboxWebhookSecret: string | undefined
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** A variable that cannot be used; the message is the one line that the start ends with. */
export class EnvError extends Error {
  override readonly name = 'EnvError'
}

type Variables = Record<string, string | undefined>

/** @throws EnvError naming the first variable that cannot be used and what it takes */
export function readEnv(variables: Variables = process.env): Env {
  const integer = integerReader(variables)
  const text = textReader(variables)
  return {
    host: text('HOST') ?? '127.0.0.1',
    port: integer('PORT', 3000, 0, 65_535),
    metricsPort: integer('METRICS_PORT', 3030, 0, 65_535),
    dataDir: resolve(text('DATA_DIR') ?? '.data'),
    services: readServices(text('SERVICES')),
    nodeId: text('NODE_ID', /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'a name of letters and digits'),
    natsUrl: text('NATS_URL', /^(nats|tls):\/\/\S+$/, 'a nats:// URL'),
    redisUrl: text('REDIS_URL', /^rediss?:\/\/\S+$/, 'a redis:// URL'),
    mongodbUri: text('MONGODB_URI', /^mongodb(\+srv)?:\/\/\S+$/, 'a mongodb:// URI'),
    jwtSecret: text('JWT_SECRET', /^.{16,}$/, 'at least 16 characters'),
    adminApiKey: text('ADMIN_API_KEY', /^sk_[\x21-\x7e]{4,}$/, 'sk_ and at least 4 characters'),
    reservationTtlMs: integer('RESERVATION_TTL_MS', 15 * 60_000, 100, 7 * 86_400_000),
    paymentWaitMs: integer('PAYMENT_WAIT_MS', 2_500, 10, 60_000),
    rateLimitPerMinute: integer('RATE_LIMIT_PER_MINUTE', 60_000, 0, 1_000_000_000),
    loginLimitPerMinute: integer('LOGIN_LIMIT_PER_MINUTE', 10, 0, 1_000_000_000),
    logLevel: readLogLevel(text('LOG_LEVEL')),
    demoCatalog: text('DEMO_CATALOG', /^(on|off)$/, 'on or off') !== 'off',
    stripeSecretKey: text('STRIPE_SECRET_KEY', /^[sr]k_\w+$/, 'a Stripe secret key'),
    stripeWebhookSecret: text('STRIPE_WEBHOOK_SECRET', /^whsec_\S+$/, 'a Stripe webhook secret'),
    stripeUrl: text('STRIPE_URL', /^https?:\/\/[^/\s]+$/, 'an http:// or https:// origin'),
    sandboxWebhookSecret: text(
      'SANDBOX_WEBHOOK_SECRET',
      /^whsec_[A-Za-z0-9+/=]{32,}$/,
      'whsec_ and at least 24 bytes in base64',
    ),
  }
}

function textReader(variables: Variables) {
  return (name: string, pattern?: RegExp, takes?: string): string | undefined => {
    const value = variables[name]
    if (value === undefined || value === '') return undefined
    if (pattern && !pattern.test(value)) throw new EnvError(`${name} takes ${takes}`)
    return value
  }
}

function integerReader(variables: Variables) {
  return (name: string, fallback: number, min: number, max: number): number => {
    const value = variables[name]
    if (value === undefined || value === '') return fallback
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN
    if (!(number >= min && number <= max)) {
      throw new EnvError(`${name} takes an integer from ${min} to ${max}, not ${quoted(value)}`)
    }
    return number
  }
}

function readServices(value: string | undefined): readonly ServiceName[] {
  if (value === undefined) return SERVICE_NAMES
  const names = value.split(',').map((name) => name.trim())
  for (const name of names) {
    if (!SERVICE_NAMES.includes(name as ServiceName)) {
      throw new EnvError(
        `SERVICES takes a comma list of ${SERVICE_NAMES.join(', ')}, not ${quoted(name)}`,
      )
    }
  }
  return [...new Set(names)] as ServiceName[]
}

function readLogLevel(value = 'info'): LogLevel {
  if (!LOG_LEVELS.includes(value as LogLevel)) {
    throw new EnvError(`LOG_LEVEL takes one of ${LOG_LEVELS.join(', ')}, not ${quoted(value)}`)
  }
  return value as LogLevel
}

/** On one line, whatever it holds. */
function quoted(value: string): string {
  return JSON.stringify(value.slice(0, 40))
}
