/**
 * The writes of one commit. `commitRows` turns it into rows at once, so that nothing that its caller
 * does to a document afterwards reaches the store; `CommitWriter` writes them in a transaction that
 * is already begun, all or none.
 */
import type { Statements } from './embedded.file.ts'
import type { Table } from './embedded.sql.ts'
import { type Commit, ConflictError, type StoredEvent, type Write } from './store.ts'

const COMMIT_WRITES_MAX = 10_000
const INSERT_EVENT = `INSERT INTO "$outbox" (id, type, key, at, payload) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT DO NOTHING`
const SETTLE_EVENTS = 'DELETE FROM "$outbox" WHERE id IN (SELECT value FROM json_each(?))'

interface WriteRow {
  op: Write['op']
  table: Table
  id: string
  /** 0: none. */
  ifVersion: number
  version: number
  document: string
}

export interface CommitRows {
  key: string
  writes: readonly WriteRow[]
  events: readonly EventRow[]
}

type EventRow = [id: string, type: string, key: string, at: number, payload: string]

/** @throws TypeError what no code should commit */
export function commitRows(commit: Commit, tableOf: (name: string) => Table): CommitRows {
  const { key, writes, events = [] } = commit
  if (writes.length < 1 || writes.length > COMMIT_WRITES_MAX) {
    throw new TypeError(`a commit has 1 to ${COMMIT_WRITES_MAX} writes, not ${writes.length}`)
  }
  const rows = writes.map((write) => writeRow(write, tableOf(write.collection.name), key))
  if (rows.length > 1 && new Set(rows.map(nameOf)).size < rows.length) {
    throw new TypeError('a commit writes a document at most once')
  }
  return { key, writes: rows, events: events.map(eventRow) }
}

function writeRow(write: Write, table: Table, key: string): WriteRow {
  if (write.op === 'remove') {
    const { id, ifVersion } = write
    return { op: 'remove', table, id, ifVersion, version: 0, document: '' }
  }
  const { op, document } = write
  const { id, version } = document
  const ifVersion = write.op === 'replace' ? write.ifVersion : 0
  if (typeof id !== 'string' || !Number.isSafeInteger(version) || version <= ifVersion) {
    throw new TypeError(`${table.name}/${id}: version ${version} cannot follow ${ifVersion}`)
  }
  const bears = valueAt(document, table.shardKey)
  if (bears !== key) throw wrongKey(`${table.name}/${id}`, table, bears, key)
  return { op, table, id, ifVersion, version, document: JSON.stringify(document) }
}

function eventRow({ id, type, key, at, payload }: StoredEvent): EventRow {
  return [id, type, key, at, JSON.stringify(payload) ?? 'null']
}

/** Belongs to one connection; both calls expect a transaction that holds the write lock. */
export class CommitWriter {
  private readonly statements: Statements

  constructor(statements: Statements) {
    this.statements = statements
  }

  /** Writes all and gives undefined, or writes nothing and gives the reason. */
  write({ key, writes, events }: CommitRows): ConflictError | TypeError | undefined {
    // A single insert or replace decides by itself; else every condition is checked before a write.
    if (writes.length > 1 || writes[0]!.op === 'remove') {
      for (const row of writes) {
        const refusal = this.refusal(row, key)
        if (refusal) return refusal
      }
    }
    for (const row of writes) if (this.writeRow(row) === 0) return conflict(row)
    for (const event of events) this.statements.of(INSERT_EVENT).run(...event)
    return undefined
  }

  settleEvents(ids: readonly string[]): undefined {
    this.statements.of(SETTLE_EVENTS).run(JSON.stringify(ids))
  }

  private writeRow({ op, table, id, ifVersion, version, document }: WriteRow): number | bigint {
    switch (op) {
      case 'insert':
        return this.statements.of(table.insert).run(id, version, document).changes
      case 'replace':
        return this.statements.of(table.replace).run(version, document, id, ifVersion).changes
      case 'remove':
        return this.statements.of(table.remove).run(id, ifVersion).changes
    }
  }

  private refusal(row: WriteRow, key: string): ConflictError | TypeError | undefined {
    const { op, table, id, ifVersion } = row
    const state = this.statements.of(table.state).get(id) as unknown as
      | [number, unknown]
      | undefined
    if ((state?.[0] ?? 0) !== ifVersion) return conflict(row)
    const isOfAnother = op === 'remove' && state?.[1] !== key
    return isOfAnother ? wrongKey(nameOf(row), table, state?.[1], key) : undefined
  }
}

function nameOf({ table, id }: WriteRow): string {
  return `${table.name}/${id}`
}

function conflict(row: WriteRow): ConflictError {
  return new ConflictError(`${nameOf(row)} is not at version ${row.ifVersion}`)
}

function wrongKey(name: string, { shardKey }: Table, bears: unknown, key: string): TypeError {
  return new TypeError(`${name} bears the ${shardKey} "${bears}", the commit is for "${key}"`)
}

function valueAt(document: object, path: string): unknown {
  let value: unknown = document
  for (const name of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[name]
  return value
}
