/**
 * Finds what serves a path, in a tree of its segments that is built once. A literal segment wins
 * over a parameter.
 */
export interface Found<T> {
  methods: ReadonlyMap<string, T>
  /** The values of the path's parameters, in order. */
  values: string[]
}

interface Node<T> {
  literals: Map<string, Node<T>>
  parameter: Node<T> | undefined
  methods: Map<string, T>
}

export class Router<T> {
  readonly #root: Node<T> = node()

  /** @throws Error when the method and path are taken */
  add(method: string, path: string, value: T): void {
    let at = this.#root
    for (const segment of path.slice(1).split('/')) {
      at = segment.startsWith(':') ? parameterOf(at) : literalOf(at, segment)
    }
    if (at.methods.has(method)) throw new Error(`two routes for ${method} ${path}`)
    at.methods.set(method, value)
  }

  /** `segments`: the path's, percent-decoded. */
  find(segments: readonly string[]): Found<T> | undefined {
    const values: string[] = []
    const methods = walk(this.#root, segments, 0, values)
    return methods && { methods, values }
  }
}

/** The names of a path's parameters, in order. */
export function parameterNames(path: string): string[] {
  return path
    .split('/')
    .filter((segment) => segment.startsWith(':'))
    .map((segment) => segment.slice(1))
}

function walk<T>(
  at: Node<T>,
  segments: readonly string[],
  index: number,
  values: string[],
): Map<string, T> | undefined {
  if (index === segments.length) return at.methods.size > 0 ? at.methods : undefined
  const segment = segments[index]!
  const literal = at.literals.get(segment)
  const found = literal && walk(literal, segments, index + 1, values)
  if (found || !at.parameter || segment === '') return found
  values.push(segment)
  const behind = walk(at.parameter, segments, index + 1, values)
  if (!behind) values.pop()
  return behind
}

function node<T>(): Node<T> {
  return { literals: new Map(), parameter: undefined, methods: new Map() }
}

function parameterOf<T>(at: Node<T>): Node<T> {
  at.parameter ??= node()
  return at.parameter
}

function literalOf<T>(at: Node<T>, segment: string): Node<T> {
  let next = at.literals.get(segment)
  if (!next) {
    next = node()
    at.literals.set(segment, next)
  }
  return next
}
