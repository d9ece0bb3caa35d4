/** Collects the titled schemas of a document, each written once and referred to by its title. */
import { isDeepStrictEqual } from 'node:util'
import type { TSchema } from 'typebox'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

export class SchemaCollection {
  /** By title; two schemas that share a title but differ are written out where they stand. */
  readonly components: Record<string, Json> = {}

  /** `schema` as JSON Schema, with references in place of titled parts. */
  refer(schema: TSchema): Json {
    return this.#collect(JSON.parse(JSON.stringify(schema)))
  }

  #collect(schema: Json): Json {
    if (Array.isArray(schema)) return schema.map((part) => this.#collect(part))
    if (typeof schema !== 'object' || schema === null) return schema
    const parts: Record<string, Json> = {}
    for (const [key, part] of Object.entries(schema)) parts[key] = this.#collect(part)
    const { title } = schema
    if (typeof title !== 'string') return parts
    this.components[title] ??= parts
    const isSame = isDeepStrictEqual(this.components[title], parts)
    return isSame ? { $ref: `#/components/schemas/${title}` } : parts
  }
}
