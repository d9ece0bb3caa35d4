/** Values that a documented schema takes, and values that it does not. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { OpenApiDocument, Schema } from './document.ts'

const ajv = new Ajv2020({ strict: false })
formats.default(ajv)

export function takes(schema: Schema, value: unknown): boolean {
  return ajv.validate(schema, value)
}

/** The document with every reference replaced by what it refers to. */
export function resolved(document: OpenApiDocument): OpenApiDocument {
  const resolve = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(resolve)
    if (typeof part !== 'object' || part === null) return part
    const { $ref } = part as { $ref?: string }
    if ($ref !== undefined) return resolve(at(document, $ref))
    return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, resolve(value)]))
  }
  return resolve(document) as OpenApiDocument
}

function at(document: OpenApiDocument, pointer: string): unknown {
  const parts = pointer.slice(2).split('/').map(decodeURIComponent)
  const keys = parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  return keys.reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], document)
}

/**
 * A value that `schema` takes; `known` gives those that stand for something, by name.
 * @throws Error none was found: it must be named in `known`
 */
export function sample(schema: Schema, name: string, known: Record<string, unknown>): unknown {
  const value = known[name] ?? guess(schema, known)
  if (!takes(schema, value)) throw new Error(`no sample of ${name}: ${JSON.stringify(schema)}`)
  return value
}

function guess(schema: Schema, known: Record<string, unknown>): unknown {
  if ('const' in schema) return schema.const
  if ('enum' in schema) return (schema.enum as unknown[])[0]
  if ('anyOf' in schema) return guess((schema.anyOf as Schema[])[0]!, known)
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        propertiesOf(schema).map(([name, property]) => [name, sample(property, name, known)]),
      )
    case 'array':
      return [sample(schema.items as Schema, 'items', known)]
    case 'integer':
    case 'number':
      return schema.minimum ?? 1
    case 'boolean':
      return true
    default:
      return 'text'.padEnd((schema.minLength as number) ?? 0, 'x')
  }
}

export function propertiesOf(schema: Schema): [string, Schema][] {
  return Object.entries((schema.properties ?? {}) as Record<string, Schema>)
}

const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e9 + 1,
  9e9 + 1,
  1e19,
  1e308,
  '',
  ' ',
  'text',
  '12',
  'true',
  '\u0000',
  'x'.repeat(100_001),
  [],
  [null],
  Array.from({ length: 2_049 }, () => 'x'),
  {},
  { unknown: 1 },
]

/** Of each kind and size, what `schema` does not take. */
export function misfits(schema: Schema): unknown[] {
  return VALUES.filter((value) => !takes(schema, value))
}

const TEXTS: readonly string[] = [
  '',
  ' ',
  'text',
  '-1',
  '0',
  '101',
  '1.5',
  '1e1',
  '0x10',
  '+1',
  '1 ',
  '9007199254740993',
  '99999999999999999999',
  'true',
  'TRUE',
  'null',
  '[]',
  '{}',
  '*',
  '\u0000',
  '../../etc/passwd',
  'x'.repeat(2_000),
]

/** Texts of a query or path that stand for nothing which `schema` takes. */
export function misfittingTexts(schema: Schema): string[] {
  return TEXTS.filter((text) => !takes(schema, meaning(schema, text)))
}

function meaning({ type }: Schema, text: string): unknown {
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  if (type !== 'integer' && type !== 'number') return text
  const number = Number(text)
  return String(number) === text ? number : text
}
