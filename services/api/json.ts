/**
 * Strict JSON (RFC 8259, and RFC 7493 where it is stricter): what two parsers could read
 * differently is refused. Every refusal is a 400 of its own code.
 */
import { duplicateKey, forbiddenKey, invalidJson, jsonTooDeep } from './refusals.ts'

const MAX_DEPTH = 32
const QUOTE = 0x22
const COLON = 0x3a
const BACKSLASH = 0x5c

/** @throws Refusal `invalid_json`, `duplicate_key`, `json_too_deep` or `forbidden_key` */
export function parseJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw invalidJson('the text is not JSON')
  }
  // The parser keeps one of the keys that are equal, so the text then has more keys than the value.
  if (countKeys(value, 0) !== countColons(text)) {
    throw duplicateKey('an object has the same key twice')
  }
  return value
}

/** The same text for the same content, whatever the order of the keys and the white space was. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? ''
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const object = value as Record<string, unknown>
  const members = Object.keys(object)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(object[key])}`)
  return `{${members.join(',')}}`
}

function countKeys(value: unknown, depth: number): number {
  if (typeof value === 'string') {
    checkSurrogates(value)
    return 0
  }
  if (typeof value !== 'object' || value === null) return 0
  if (depth === MAX_DEPTH) throw jsonTooDeep(`the JSON is deeper than ${MAX_DEPTH} levels`)
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value) count += countKeys(item, depth + 1)
    return count
  }
  for (const key of Object.keys(value)) {
    if (key === '__proto__') throw forbiddenKey('__proto__ is not taken as a key')
    checkSurrogates(key)
    count += 1 + countKeys((value as Record<string, unknown>)[key], depth + 1)
  }
  return count
}

/** Half a surrogate pair has no UTF-8: it would be stored as another text than was sent. */
function checkSurrogates(text: string): void {
  if (!text.isWellFormed()) throw invalidJson('a string has half of a surrogate pair')
}

/** Colons outside of strings; `text` is known to be JSON. */
function countColons(text: string): number {
  let count = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === COLON) count++
    else if (code === QUOTE) at = endOfString(text, at)
  }
  return count
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) {
    at += code === BACKSLASH ? 2 : 1
  }
  return at
}
