/** The OpenAPI 3.1 document, made of the contracts: what they do not say, it does not say. */
import Type, { type TObject, type TSchema } from 'typebox'
import type { AnyAction, Auth, Contract } from '../../kernel/contract.ts'
import { object } from '../../kernel/contract.ts'
import { failuresOf, kindsOf } from './openapi.failures.ts'
import { SchemaCollection } from './openapi.schemas.ts'
import { isOptional, parametersOf, propertyOf, type Rest, restOf, takesBody } from './parameters.ts'

const DESCRIPTION = `Money is in integer minor units, times are RFC 3339 in UTC. Failures are
RFC 9457 problem documents with a stable \`code\`. A request may bring an \`X-Request-Id\`, which is
echoed. HEAD works wherever GET does. Unknown fields are refused.`

const Problem = Type.Object(
  {
    type: Type.String({ format: 'uri-reference' }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.String(),
    code: Type.String({ pattern: '^[a-z][a-z0-9_]*$', description: 'Stable; to act upon' }),
    requestId: Type.String({ description: 'To find this request in the logs by' }),
  },
  { title: 'Problem' },
)

const SECURITY: Record<Auth, object[]> = {
  public: [],
  shopper: [{}, { customer: [] }],
  customer: [{ customer: [] }],
  operator: [{ operator: [] }],
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: true,
  description: 'Sent again with the same request, it gets the first answer again',
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
}

export function openApi(contracts: readonly Contract[], version: string) {
  const schemas = new SchemaCollection()
  schemas.refer(Problem)
  const paths: Record<string, Record<string, unknown>> = { ...ownPaths() }
  for (const { name, actions } of contracts) {
    for (const action of Object.values(actions) as AnyAction[]) {
      if (!action.rest) continue
      const { method, path } = restOf(action)
      const template = path.replaceAll(/:(\w+)/g, '{$1}')
      paths[template] = {
        ...paths[template],
        [method.toLowerCase()]: operationOf(name, action, schemas),
      }
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Stoa', version, description: DESCRIPTION },
    servers: [{ url: '/' }],
    tags: [...contracts.map(({ name }) => ({ name })), { name: 'gateway' }],
    paths,
    components: {
      schemas: schemas.components,
      securitySchemes: {
        customer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        operator: { type: 'http', scheme: 'bearer', description: 'The `sk_…` key' },
      },
    },
  }
}

function operationOf(tag: string, action: AnyAction, schemas: SchemaCollection) {
  const rest = restOf(action)
  return {
    operationId: action.name,
    tags: [tag],
    summary: rest.summary,
    security: SECURITY[rest.auth],
    parameters: [...ownParameters(action, schemas), ...headerParameters(action, schemas)],
    ...(takesBody(rest) ? requestBodyOf(action, schemas) : {}),
    responses: { ...successesOf(action, schemas), ...failuresOf(kindsOf(action), schemas) },
  }
}

function ownParameters(action: AnyAction, schemas: SchemaCollection) {
  const { path, own } = parametersOf(action)
  const ofPath = path.map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: schemas.refer(propertyOf(action, name)),
  }))
  if (takesBody(restOf(action))) return ofPath
  const ofQuery = Object.entries(own.properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: isRequired(own, name),
    schema: schemas.refer(schema),
  }))
  return [...ofPath, ...ofQuery]
}

function headerParameters(action: AnyAction, schemas: SchemaCollection) {
  const rest = restOf(action)
  const { supplied } = parametersOf(action)
  const header = (name: string, required: boolean, schema: unknown) => [
    { name, in: 'header', required, schema },
  ]
  const ofSources = supplied.flatMap(([name, source]): unknown[] => {
    switch (source) {
      case 'idempotency':
        return [IDEMPOTENCY_KEY]
      case 'ifMatch':
        return header('If-Match', rest.ifMatchRequired === true, { type: 'string' })
      case 'cartId': {
        const schema = schemas.refer(propertyOf(action, name))
        return [
          ...header('X-Cart-Id', false, schema),
          { name: 'cart_id', in: 'cookie', required: false, schema },
        ]
      }
      default:
        return []
    }
  })
  const revalidates = rest.versioned && rest.method === 'GET'
  return [...ofSources, ...(revalidates ? header('If-None-Match', false, { type: 'string' }) : [])]
}

/** What has a default may be left out. */
function isRequired(owner: TObject, name: string): boolean {
  return !isOptional(owner, name) && !('default' in owner.properties[name]!)
}

function requestBodyOf(action: AnyAction, schemas: SchemaCollection) {
  const rest = restOf(action)
  const { own, supplied } = parametersOf(action)
  const body = (type: string, schema: unknown, required: boolean) => ({
    requestBody: { required, content: { [type]: { schema } } },
  })
  if (rest.stream) return body('application/x-ndjson', { type: 'string' }, true)
  if (supplied.some(([, source]) => source === 'webhook')) return body('application/json', {}, true)
  const names = Object.keys(own.properties)
  if (names.length === 0) return {}
  const required = names.filter((name) => isRequired(own, name))
  const schema = schemas.refer({ ...own, required } as TSchema)
  return body('application/json', schema, required.length > 0)
}

function successesOf(action: AnyAction, schemas: SchemaCollection) {
  const rest = restOf(action)
  const first = typeof rest.status === 'number' ? [rest.status] : []
  const statuses = [...first, ...(rest.otherStatuses ?? [])]
  if (statuses.length === 0) statuses.push(rest.empty ? 204 : 200)
  const content = rest.empty
    ? {}
    : { content: { 'application/json': { schema: schemas.refer(replySchema(action)) } } }
  const headers = replyHeaders(rest)
  const entries = statuses.map((status) => [
    `${status}`,
    { description: rest.summary, headers, ...content },
  ])
  const unchanged =
    rest.versioned && rest.method === 'GET' ? { 304: { description: 'Not modified' } } : {}
  return { ...Object.fromEntries(entries), ...unchanged }
}

function replySchema(action: AnyAction): TSchema {
  const rest = restOf(action)
  if (rest.stream) return StreamReply
  return rest.idempotencyKey ? (action.result as TObject).properties.value! : action.result
}

const StreamReply = object(
  {
    imported: Type.Integer({ minimum: 0 }),
    updated: Type.Integer({ minimum: 0 }),
    rejected: Type.Integer({ minimum: 0 }),
    errors: Type.Array(object({ line: Type.Integer({ minimum: 1 }), message: Type.String() }), {
      maxItems: 100,
    }),
  },
  { title: 'ImportReport' },
)

function replyHeaders(rest: Rest) {
  const names = ['X-Request-Id', 'Cache-Control']
  if (rest.versioned) names.push('ETag')
  if (rest.location) names.push('Location')
  if (rest.cacheTags) names.push('Cache-Tag')
  if (rest.cartReply) names.push('X-Cart-Id', 'Set-Cookie')
  const always = names.map((name) => [name, { required: true, schema: { type: 'string' } }])
  const replayed = rest.idempotencyKey && { 'Idempotency-Replayed': { schema: { const: 'true' } } }
  return { ...Object.fromEntries(always), ...replayed }
}

/** Of the gateway itself. */
function ownPaths() {
  const get = (operationId: string, summary: string, type: string, more: object = {}) => ({
    get: {
      operationId,
      tags: ['gateway'],
      summary,
      security: [],
      responses: { 200: { description: summary, content: { [type]: {} } }, ...more },
    },
  })
  const waiting = { 503: { description: 'Not ready', content: { 'application/json': {} } } }
  return {
    '/livez': get('gateway.livez', 'The process lives', 'application/json'),
    '/readyz': get('gateway.readyz', 'The node can serve', 'application/json', waiting),
    '/openapi.json': get('gateway.openapi', 'This document', 'application/json'),
    '/docs': get('gateway.docs', 'This document, readable', 'text/html'),
  }
}
