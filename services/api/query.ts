/** Reads queries and path segments: percent-decoded, no name twice. */
import { forbiddenKey, invalidEncoding, repeatedParameter } from './refusals.ts'

/** @throws Refusal `invalid_encoding`, `repeated_parameter` or `forbidden_key` */
export function readQuery(query: string): Record<string, string> {
  const fields: Record<string, string> = {}
  if (query === '') return fields
  for (const pair of query.split('&')) {
    if (pair === '') continue
    const [name, value] = readPair(pair)
    if (name === '__proto__') throw forbiddenKey('__proto__ is not taken as a name')
    if (Object.hasOwn(fields, name)) throw repeatedParameter(`${name} is given more than once`)
    fields[name] = value
  }
  return fields
}

/** @throws Refusal `invalid_encoding` */
export function readSegments(path: string): string[] {
  const segments = path.slice(1).split('/')
  return path.includes('%') ? segments.map(decode) : segments
}

/** The query with `cursor` in place of the one it had. */
export function withCursor(query: string, cursor: string): string {
  const others = query.split('&').filter((pair) => pair !== '' && readPair(pair)[0] !== 'cursor')
  return [...others, `cursor=${encodeURIComponent(cursor)}`].join('&')
}

function readPair(pair: string): [name: string, value: string] {
  const equals = pair.indexOf('=')
  return equals < 0
    ? [decode(plusAsSpace(pair)), '']
    : [decode(plusAsSpace(pair.slice(0, equals))), decode(plusAsSpace(pair.slice(equals + 1)))]
}

function plusAsSpace(text: string): string {
  return text.includes('+') ? text.replaceAll('+', ' ') : text
}

function decode(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalidEncoding('the path or query is not percent-encoded UTF-8')
  }
}
