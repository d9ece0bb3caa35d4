/** Reads what a client says to an action: from the path, and from the query or the body. */
import type { TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import { Settings } from 'typebox/system'
import type { AnyAction } from '../../kernel/contract.ts'
import type { RefusalKind } from '../../kernel/errors.ts'
import { type FieldError, fieldErrors } from './field-errors.ts'
import { parametersOf, restOf, takesBody } from './parameters.ts'
import { readQuery } from './query.ts'
import { invalidFields, notFound } from './refusals.ts'

export type Fields = Record<string, unknown>

// A value that fits no member of a union counts once for each of them.
Settings.Set({ maxErrors: 200 })

export class FieldReader {
  readonly #path: readonly string[]
  readonly #validator: Validator
  readonly #converters: ReadonlyMap<string, Converter>
  readonly #defaults: Fields = {}
  readonly #takesBody: boolean
  /** PUT may make what its path names, so there a malformed name is invalid, not absent. */
  readonly #creates: boolean
  readonly #absent: RefusalKind

  constructor(action: AnyAction) {
    const { path, schema } = parametersOf(action)
    const { method } = restOf(action)
    this.#path = path
    this.#validator = Compile(schema)
    const converters = new Map<string, Converter>()
    for (const [name, property] of Object.entries(schema.properties)) {
      const converter = converterOf(property)
      if (converter) converters.set(name, converter)
      if ('default' in property) this.#defaults[name] = property.default
    }
    this.#converters = converters
    this.#takesBody = takesBody(restOf(action))
    this.#creates = method === 'PUT'
    const kinds = (action.errors ?? []) as readonly RefusalKind[]
    this.#absent = kinds.find(({ status }) => status === 404) ?? notFound
  }

  /**
   * Valid parameters, with the schema's defaults for what is left out.
   * @throws Refusal `validation_failed`, the action's own 404 where the path names what cannot be,
   *   or a refusal of the query
   */
  read(pathValues: readonly string[], query: string, body: unknown): Fields {
    const asked = readQuery(query)
    if (this.#takesBody) refuse(Object.keys(asked).map((field) => ({ field, message: IN_BODY })))
    if (body !== undefined && (typeof body !== 'object' || body === null || Array.isArray(body))) {
      refuse([{ field: '', message: 'must be an object' }])
    }
    for (const name in asked) asked[name] = this.#convert(name, asked[name]!) as string
    const said: Fields = body === undefined ? asked : { ...(body as Fields), ...asked }
    const fields: Fields = { ...this.#defaults, ...said }
    for (let index = 0; index < this.#path.length; index++) {
      const name = this.#path[index]!
      if (Object.hasOwn(said, name)) refuse([{ field: name, message: IN_PATH }])
      fields[name] = this.#convert(name, pathValues[index]!)
    }
    if (!this.#validator.Check(fields)) this.#refuse(fields)
    return fields
  }

  #convert(name: string, text: string): unknown {
    const convert = this.#converters.get(name)
    return convert ? convert(text) : text
  }

  #refuse(fields: Fields): void {
    const errors = fieldErrors(this.#validator.Errors(fields))
    const named = errors.some(({ field }) => this.#path.includes(field))
    if (named && !this.#creates) throw this.#absent('the path names nothing that there could be')
    refuse(errors)
  }
}

const IN_BODY = 'is taken from the body only'
const IN_PATH = 'is taken from the path only'

/** @throws Refusal `validation_failed`, if there are `errors` */
export function refuse(errors: FieldError[]): void {
  if (errors.length === 0) return
  const first = errors[0]!
  throw invalidFields(`${first.field || 'the body'} ${first.message}`, { errors })
}

/** What a text of the query or path stands for; the text itself where it stands for nothing. */
type Converter = (text: string) => unknown

function converterOf(schema: TSchema): Converter | undefined {
  const { type, anyOf } = schema as { type?: string; anyOf?: TSchema[] }
  if (type === 'integer' || type === 'number') return toNumber
  if (type === 'boolean') return toBoolean
  const members = (anyOf ?? []).flatMap((member) => converterOf(member) ?? [])
  return members.length === 0
    ? undefined
    : (text) =>
        members.reduce<unknown>((value, convert) => (value === text ? convert(text) : value), text)
}

function toNumber(text: string): unknown {
  return /^-?(0|[1-9]\d{0,15})(\.\d{1,15})?$/.test(text) ? Number(text) : text
}

function toBoolean(text: string): unknown {
  return text === 'true' ? true : text === 'false' ? false : text
}
