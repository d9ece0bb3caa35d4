/** Tells in plain words which fields are not as their schema wants them. */
import type { TLocalizedValidationError } from 'typebox/error'

export interface FieldError {
  /** Dotted path: `items.0.quantity`; empty for the whole. */
  field: string
  message: string
}

const MAX_ERRORS = 20

/** At most 20, one for each field. */
export function fieldErrors(found: readonly TLocalizedValidationError[]): FieldError[] {
  const byField = new Map<string, string>()
  for (const error of withoutMembers(found)) {
    for (const { field, message } of toldOf(error, found)) {
      if (!byField.has(field) && byField.size < MAX_ERRORS) byField.set(field, message)
    }
  }
  return [...byField].map(([field, message]) => ({ field, message }))
}

/** Errors about the single members of a union say less than the one about the union. */
function withoutMembers(found: readonly TLocalizedValidationError[]) {
  const unions = found.filter((error) => error.keyword === 'anyOf')
  return found.filter(
    (error) =>
      !unions.some(
        (union) =>
          error.schemaPath.startsWith(`${union.schemaPath}/anyOf/`) &&
          error.instancePath === union.instancePath,
      ),
  )
}

function toldOf(
  error: TLocalizedValidationError,
  found: readonly TLocalizedValidationError[],
): FieldError[] {
  const field = dotted(error.instancePath)
  switch (error.keyword) {
    case 'required':
      return error.params.requiredProperties.map((name) => ({
        field: field === '' ? name : `${field}.${name}`,
        message: 'is required',
      }))
    case 'boolean':
      return [{ field, message: 'is not known here' }]
    case 'additionalProperties':
      return []
    case 'anyOf':
      return [{ field, message: unionMessage(error, found) }]
    case 'enum':
      return [{ field, message: `must be one of ${error.params.allowedValues.join(', ')}` }]
    case 'const':
      return [{ field, message: `must be ${error.params.allowedValue}` }]
    default:
      return [{ field, message: error.message }]
  }
}

function unionMessage(
  union: TLocalizedValidationError,
  found: readonly TLocalizedValidationError[],
): string {
  const wanted = found
    .filter((error) => error.schemaPath.startsWith(`${union.schemaPath}/anyOf/`))
    .filter((error) => error.instancePath === union.instancePath)
    .flatMap((error) => {
      if (error.keyword === 'const') return [`${error.params.allowedValue}`]
      return error.keyword === 'type' ? [`${error.params.type}`] : []
    })
  return wanted.length > 0 ? `must be one of ${wanted.join(', ')}` : 'is not valid'
}

/** A JSON Pointer with dots. */
function dotted(pointer: string): string {
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.')
}
