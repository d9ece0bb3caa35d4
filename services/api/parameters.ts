/** Where each parameter of an action comes from: the path, the query or body, or the gateway. */
import Type, { type TObject, type TProperties, type TSchema } from 'typebox'
import type { AnyAction, RestRoute, Supplied } from '../../kernel/contract.ts'
import { parameterNames } from './router.ts'

export type Rest = RestRoute<Record<string, unknown>, unknown>

export interface Parameters {
  /** In the order of the path. */
  path: readonly string[]
  supplied: readonly (readonly [name: string, source: Supplied])[]
  /** The path's and the client's own parameters, and no others. */
  schema: TObject
  /** The client's own: of the query for GET and DELETE, else of the body. */
  own: TObject
}

export function restOf(action: AnyAction): Rest {
  return action.rest as Rest
}

export function parametersOf(action: AnyAction): Parameters {
  const rest = restOf(action)
  const { type, properties, required, ...options } = action.params as TObject
  const path = parameterNames(rest.path)
  const supplied = Object.entries(rest.supplied ?? {}) as [string, Supplied][]
  const missing = [...path, ...supplied.map(([name]) => name)].filter((name) => !properties[name])
  if (missing.length > 0) throw new Error(`${action.name} has no parameter ${missing.join(', ')}`)
  const less = (names: readonly string[]): TProperties =>
    Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name)))
  const ours = supplied.map(([name]) => name)
  const strict = { ...options, additionalProperties: false }
  return {
    path,
    supplied,
    schema: Type.Object(less(ours), strict),
    own: Type.Object(less([...ours, ...path]), strict),
  }
}

/** GET and DELETE bear their parameters in the query. */
export function takesBody({ method }: Rest): boolean {
  return method !== 'GET' && method !== 'DELETE'
}

export function isOptional(owner: TObject, name: string): boolean {
  return !owner.required?.includes(name)
}

export function propertyOf(action: AnyAction, name: string): TSchema {
  return (action.params as TObject).properties[name]!
}
