/**
 * What an OpenAPI 3.1 document must look like, as JSON Schema: the fields that the specification
 * requires and those that it knows, for as much of it as a document made of contracts can use.
 * https://spec.openapis.org/oas/v3.1.0
 */
const text = { type: 'string' }
const flag = { type: 'boolean' }
const schemaObject = { $ref: 'https://json-schema.org/draft/2020-12/schema' }

function known(properties: Record<string, unknown>, ...required: string[]) {
  return { type: 'object', properties, required, additionalProperties: false }
}

function mapOf(values: unknown, keys = '^') {
  return { type: 'object', patternProperties: { [keys]: values }, additionalProperties: false }
}

function listOf(items: unknown) {
  return { type: 'array', items, uniqueItems: true }
}

const content = mapOf(known({ schema: schemaObject, example: true }), '^[^/\\s]+/[^/\\s]+$')
const header = known({ description: text, required: flag, deprecated: flag, schema: schemaObject })

const parameter = {
  ...known(
    {
      name: text,
      in: { enum: ['path', 'query', 'header', 'cookie'] },
      description: text,
      required: flag,
      schema: schemaObject,
    },
    'name',
    'in',
    'schema',
  ),
  if: { properties: { in: { const: 'path' } } },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { properties: { required: { const: true } }, required: ['required'] },
}

const operation = known(
  {
    operationId: text,
    tags: listOf(text),
    summary: text,
    description: text,
    security: listOf(mapOf({ type: 'array', items: text })),
    parameters: listOf(parameter),
    requestBody: known({ description: text, required: flag, content }, 'content'),
    responses: {
      ...mapOf(
        known({ description: text, headers: mapOf(header), content }, 'description'),
        '^([1-5]\\d\\d|default)$',
      ),
      minProperties: 1,
    },
  },
  'operationId',
  'responses',
)

const securityScheme = known(
  {
    type: { const: 'http' },
    scheme: text,
    bearerFormat: text,
    description: text,
  },
  'type',
  'scheme',
)

export const openApiShape = known(
  {
    openapi: { type: 'string', pattern: '^3\\.1\\.\\d+$' },
    info: known(
      { title: text, version: text, summary: text, description: text },
      'title',
      'version',
    ),
    servers: listOf(known({ url: text, description: text }, 'url')),
    tags: listOf(known({ name: text, description: text }, 'name')),
    paths: mapOf(mapOf(operation, '^(get|put|post|delete|patch|head|options|trace)$'), '^/'),
    components: known({
      schemas: mapOf(schemaObject, '^[a-zA-Z0-9._-]+$'),
      securitySchemes: mapOf(securityScheme, '^[a-zA-Z0-9._-]+$'),
    }),
  },
  'openapi',
  'info',
  'paths',
)
