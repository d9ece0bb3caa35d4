/** Which failures a route may answer with, as the responses of its operation. */
import type { AnyAction } from '../../kernel/contract.ts'
import { overloaded, type RefusalKind, unavailable, versionMismatch } from '../../kernel/errors.ts'
import type { SchemaCollection } from './openapi.schemas.ts'
import { parametersOf, restOf, takesBody } from './parameters.ts'
import { PROBLEM_TYPE } from './problem.ts'
import * as refusals from './refusals.ts'

const OF_BODIES = [
  refusals.invalidUtf8,
  refusals.invalidJson,
  refusals.duplicateKey,
  refusals.jsonTooDeep,
  refusals.requestTimeout,
  refusals.bodyTooLarge,
  refusals.unsupportedMediaType,
]
const OF_KEYS = [refusals.idempotencyKeyRequired, refusals.idempotencyKeyInvalid]
const OF_ALL = [
  refusals.invalidEncoding,
  refusals.repeatedParameter,
  refusals.forbiddenKey,
  refusals.invalidFields,
  refusals.rateLimited,
  refusals.internal,
  unavailable,
]

/** The action's own, and those of the gateway that its route can meet. */
export function kindsOf(action: AnyAction): readonly RefusalKind[] {
  const rest = restOf(action)
  const { path, supplied } = parametersOf(action)
  const sources = supplied.map(([, source]) => source)
  const errors = (action.errors ?? []) as RefusalKind[]
  const namesSurely = rest.method !== 'PUT' && !errors.some(({ status }) => status === 404)
  const kinds: (readonly RefusalKind[] | false)[] = [
    errors,
    OF_ALL,
    rest.priority !== 'operate' && [overloaded],
    takesBody(rest) && OF_BODIES,
    rest.idempotencyKey === true && OF_KEYS,
    rest.auth !== 'public' && [refusals.invalidToken, refusals.forbidden],
    (rest.auth === 'customer' || rest.auth === 'operator') && [refusals.authenticationRequired],
    path.length > 0 && namesSurely && [refusals.notFound],
    sources.includes('ifMatch') && [versionMismatch],
    rest.ifMatchRequired === true && [refusals.preconditionRequired],
  ]
  return kinds.filter((some) => some !== false).flat()
}

/** One response for each status, which names the codes that it may bear. */
export function failuresOf(kinds: readonly RefusalKind[], schemas: SchemaCollection) {
  const byStatus = new Map<number, Map<string, RefusalKind>>()
  for (const kind of kinds) {
    const ofStatus = byStatus.get(kind.status) ?? new Map<string, RefusalKind>()
    byStatus.set(kind.status, ofStatus.set(kind.code, kind))
  }
  const ordered = [...byStatus].sort(([one], [other]) => one - other)
  return Object.fromEntries(
    ordered.map(([status, ofStatus]) => [status, responseOf([...ofStatus.values()], schemas)]),
  )
}

function responseOf(kinds: readonly RefusalKind[], schemas: SchemaCollection) {
  const members = kinds.flatMap((kind) => Object.entries(kind.members?.properties ?? {}))
  const properties = {
    code: { enum: kinds.map(({ code }) => code) },
    ...Object.fromEntries(members.map(([name, schema]) => [name, schemas.refer(schema)])),
  }
  return {
    description: kinds.map(({ code, title }) => `\`${code}\`: ${title}`).join('; '),
    content: {
      [PROBLEM_TYPE]: {
        schema: { allOf: [{ $ref: '#/components/schemas/Problem' }, { properties }] },
      },
    },
  }
}
