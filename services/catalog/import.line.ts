/** One line of an import: checked, then wished for. */
import { Compile } from 'typebox/compile'
import type { TLocalizedValidationError } from 'typebox/error'
import { ImportLine } from './catalog.contract.ts'
import { complete } from './product.ts'
import type { Wish } from './writing.ts'

const validator = Compile(ImportLine)
/** A line with more mistakes is told of its first ones. */
const MAX_MISTAKES = 3

/** @returns the line, or what is wrong with it */
export function readLine(product: unknown): ImportLine | { mistake: string } {
  if (validator.Check(product)) return product
  const errors = validator.Errors(product).filter(({ schemaPath }) => !isDetail(schemaPath))
  const mistakes = errors.flatMap(mistakesOf).slice(0, MAX_MISTAKES)
  return { mistake: mistakes.join('; ') }
}

export function wishOf(line: ImportLine): Wish {
  return {
    productId: line.id,
    sku: line.sku,
    category: { id: line.categoryId, name: line.categoryName, mayBeNameless: true },
    decide: (current) => complete(line, current),
  }
}

/** Says again, for a branch or a single name, what another error says for the whole. */
function isDetail(schemaPath: string): boolean {
  return /\/anyOf\/\d|\/additionalProperties$/.test(schemaPath)
}

function mistakesOf(error: TLocalizedValidationError): string[] {
  const path = error.instancePath.slice(1).replaceAll('/', '.')
  const inside = (name: string) => (path ? `${path}.${name}` : name)
  switch (error.keyword) {
    case 'required':
      return error.params.requiredProperties.map((name) => `${inside(name)} is missing`)
    case 'additionalProperties':
      return error.params.additionalProperties.map((name) => `${inside(name)} is not known`)
    case 'enum':
      return [`${path} must be one of ${error.params.allowedValues.join(', ')}`]
    case 'anyOf':
      return [`${path} must be a text of at most 10,000 characters, a number or a boolean`]
    default:
      return [`${path || 'the line'} ${error.message}`]
  }
}
