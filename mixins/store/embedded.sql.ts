/**
 * The SQL of a collection: its table, its indexes and its queries. A document is JSON text; each
 * indexed path is a virtual generated column named `$.path`, which costs nothing until an index or
 * a query reads it. Values are always bound, never spelled out. Nothing here runs ANALYZE: a plan
 * follows from the declarations alone and does not turn with the data.
 */
import type { Collection, Condition, Query, Scalar } from './store.ts'

export interface Statement {
  sql: string
  /** In the order of the marks. */
  values: (string | number)[]
}

const COLLECTION_NAME = /^[A-Za-z][A-Za-z0-9_]*$/
const PATH = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/
const FIND_LIMIT_MAX = 10_000
const BOUNDS = [
  ['gt', '>'],
  ['gte', '>='],
  ['lt', '<'],
  ['lte', '<='],
] as const

/** @throws TypeError a name, path or query that no code should write */
export class Table {
  readonly name: string
  readonly shardKey: string
  readonly create: string
  /** The statement that adds each generated column, by column name. */
  readonly columns = new Map<string, string>()
  /** The statement that creates each index, by a name that says all of its declaration. */
  readonly indexes = new Map<string, string>()
  readonly get: string
  /** Takes ids as a JSON array; gives each document that there is and its place. */
  readonly getMany: string
  /** The version and the shard key of a document. */
  readonly state: string
  readonly insert: string
  readonly replace: string
  readonly remove: string
  private readonly columnOf = new Map([
    ['id', 'id'],
    ['version', 'version'],
  ])

  constructor({ name, shardKey, indexes }: Collection) {
    if (!COLLECTION_NAME.test(name)) throw new TypeError(`"${name}" cannot name a collection`)
    this.name = name
    this.shardKey = shardKey
    this.create = `CREATE TABLE "${name}" (
      id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, document TEXT NOT NULL)`
    for (const path of indexes.flatMap((index) => index.fields)) this.addColumn(path)
    for (const { fields, sparse } of indexes) {
      const columns = fields.map((path) => this.column(path))
      const index = `${name}(${fields.join(',')})${sparse ? ' sparse' : ''}`
      const where = sparse ? ` WHERE ${columns[0]} IS NOT NULL` : ''
      this.indexes.set(index, `CREATE INDEX "${index}" ON "${name}" (${columns})${where}`)
    }
    this.get = `SELECT document FROM "${name}" WHERE id = ?`
    this.getMany = `SELECT found.document, wanted.key FROM json_each(?) AS wanted
      CROSS JOIN "${name}" AS found ON found.id = wanted.value`
    this.state = `SELECT version, ${this.column(shardKey)} FROM "${name}" WHERE id = ?`
    this.insert = `INSERT INTO "${name}" (id, version, document) VALUES (?, ?, ?)
      ON CONFLICT DO NOTHING`
    this.replace = `UPDATE "${name}" SET version = ?, document = ? WHERE id = ? AND version = ?`
    this.remove = `DELETE FROM "${name}" WHERE id = ? AND version = ?`
  }

  private addColumn(path: string) {
    if (this.columnOf.has(path)) return
    const name = `$.${path}`
    const definition = `"${name}" AS (${this.column(path)}) VIRTUAL`
    this.columns.set(name, `ALTER TABLE "${this.name}" ADD COLUMN ${definition}`)
    this.columnOf.set(path, `"${name}"`)
  }

  /** The SQL that reads a dotted path: a column where the path is indexed. */
  column(path: string): string {
    const column = this.columnOf.get(path)
    if (column) return column
    if (!PATH.test(path)) throw new TypeError(`"${path}" is not a path into a document`)
    return `json_extract(document, '$."${path.replaceAll('.', '"."')}"')`
  }

  select(query: Query): Statement {
    const { limit } = query
    if (!(Number.isInteger(limit) && limit >= 1 && limit <= FIND_LIMIT_MAX)) {
      throw new TypeError(`a query's limit is 1 to ${FIND_LIMIT_MAX}, not ${limit}`)
    }
    const { sql, values } = this.matching(query)
    const order = query.sort?.map(([path, direction]) => this.column(path) + descending(direction))
    const orderBy = order?.length ? ` ORDER BY ${order}` : ''
    return {
      sql: `SELECT document FROM "${this.name}"${sql}${orderBy} LIMIT ?`,
      values: [...values, limit],
    }
  }

  count(where: Query['where']): Statement {
    const { sql, values } = this.matching({ where: where ?? {} })
    return { sql: `SELECT count(*) FROM "${this.name}"${sql}`, values }
  }

  private matching({ where = {}, sort = [], after }: Omit<Query, 'limit'>): Statement {
    const terms: string[] = []
    const values: (string | number)[] = []
    for (const [path, condition] of Object.entries(where)) {
      const term = conditionTerm(this.column(path), condition, after && overtaken(path, sort))
      terms.push(term.sql)
      values.push(...term.values)
    }
    for (const [path] of sort) {
      // Without this no page could follow a document that lacks the field, and no sparse index fit.
      if (path !== 'id' && !(path in where)) terms.push(`${this.column(path)} IS NOT NULL`)
    }
    if (after) {
      const term = this.behind(sort, after)
      terms.push(term.sql)
      values.push(...term.values)
    }
    return { sql: terms.length > 0 ? ` WHERE ${terms.join(' AND ')}` : '', values }
  }

  /** Holds for what comes behind a position: the keyset of the last document of a page. */
  private behind(sort: NonNullable<Query['sort']>, after: readonly Scalar[]): Statement {
    if (after.length !== sort.length || sort.length === 0) {
      throw new TypeError('`after` takes one value for each field of `sort`')
    }
    const keys = sort.map(([path, direction], i) => ({
      column: this.column(path),
      sign: direction === 1 ? '>' : '<',
      value: bindable(after[i]!),
    }))
    const sign = keys[0]!.sign
    if (keys.some((key) => key.sign !== sign)) return behindMixed(keys)
    // A row value lets SQLite seek to the very document, however many share the first field.
    const columns = keys.map((key) => key.column)
    const marks = keys.map(() => '?')
    return { sql: `(${columns}) ${sign} (${marks})`, values: keys.map((key) => key.value) }
  }
}

interface SortKey {
  column: string
  sign: string
  value: string | number
}

function behindMixed([key, ...rest]: SortKey[]): Statement {
  const { column, sign, value } = key!
  const comparison = `${column} ${sign} ?`
  if (rest.length === 0) return { sql: comparison, values: [value] }
  const then = behindMixed(rest)
  return {
    sql: `${column} ${sign}= ? AND (${comparison} OR (${then.sql}))`,
    values: [value, value, ...then.values],
  }
}

const descending = (direction: 1 | -1) => (direction === -1 ? ' DESC' : '')

/** The direction in which `after` bounds the path more tightly than any condition can. */
function overtaken(path: string, sort: NonNullable<Query['sort']>): 1 | -1 | undefined {
  return sort[0]?.[0] === path ? sort[0][1] : undefined
}

function conditionTerm(
  column: string,
  condition: Condition,
  behind: 1 | -1 | undefined,
): Statement {
  if (isScalar(condition)) return { sql: `${column} = ?`, values: [bindable(condition)] }
  if (typeof condition === 'object' && condition !== null && 'in' in condition) {
    const sql = `${column} IN (SELECT value FROM json_each(?))`
    return { sql, values: [JSON.stringify(condition.in)] }
  }
  const bounds = BOUNDS.filter(([bound]) => isScalar(condition?.[bound]))
  if (bounds.length === 0) throw new TypeError(`a condition on ${column} says nothing`)
  const terms = bounds.map(([, sign]) => {
    // The plus keeps this bound from the index: the keyset's is the one to seek by.
    const plus = behind === (sign.startsWith('>') ? 1 : -1) ? '+' : ''
    return `${plus}${column} ${sign} ?`
  })
  return {
    sql: terms.join(' AND '),
    values: bounds.map(([bound]) => bindable(condition[bound] as Scalar)),
  }
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

/** json_extract gives booleans as 1 and 0. */
function bindable(value: Scalar): string | number {
  return typeof value === 'boolean' ? Number(value) : value
}
