/** The OpenAPI document that a running shop serves, as far as tests look into it. */

export type Schema = Record<string, unknown>

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header' | 'cookie'
  required?: boolean
  schema: Schema
}

export interface Response {
  headers?: Record<string, { required?: boolean; schema: Schema }>
  content?: Record<string, { schema?: Schema }>
}

export interface Operation {
  operationId: string
  security: Record<string, string[]>[]
  parameters?: Parameter[]
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> }
  responses: Record<string, Response>
}

export interface OpenApiDocument {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

/** The document's template for a concrete path; a literal segment wins over a parameter. */
export function templateOf({ paths }: OpenApiDocument, path: string): string | undefined {
  const segments = path.split('/')
  const fits = (template: string) => {
    const parts = template.split('/')
    return (
      parts.length === segments.length &&
      parts.every((part, at) => part === segments[at] || (part[0] === '{' && segments[at] !== ''))
    )
  }
  const literals = (template: string) => template.replaceAll(/\{\w+\}/g, '').length
  return Object.keys(paths)
    .filter(fits)
    .sort((one, other) => literals(other) - literals(one))[0]
}

/** Points into the document, for a JSON Schema's `$ref`. */
export function pointerTo(...parts: string[]): string {
  const escaped = parts.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))
  return `#/${escaped.map(encodeURIComponent).join('/')}`
}
