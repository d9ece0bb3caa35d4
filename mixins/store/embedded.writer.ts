/**
 * Group commit: a group of tasks is written in one transaction, so that one flush of the disk
 * serves all of it. A task whose conditions do not hold leaves the others be. A transaction that
 * fails is rolled back whole, nothing of it is acknowledged, and the next begins anew.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../../kernel/clock.ts'
import { fileFailure, isBusy, Statements } from './embedded.file.ts'
import type { Table } from './embedded.sql.ts'
import { type Failure, nameOf, type Task, type WriteRow, wrongKey } from './embedded.writes.ts'
import { UnavailableError } from './store.ts'

/** How long a group waits while another process holds the write lock. */
const LOCK_WAIT_MS = 2_000
const LOCK_POLL_MS = 1
const SLEEPER = new Int32Array(new SharedArrayBuffer(4))
const INSERT_EVENT = `INSERT INTO "$outbox" (id, type, key, at, payload) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT DO NOTHING`
const SETTLE_EVENTS = 'DELETE FROM "$outbox" WHERE id IN (SELECT value FROM json_each(?))'

/** Blocks its thread while it waits for the disk or for the lock. */
export class Writer {
  private readonly db: DatabaseSync
  private readonly path: string
  private readonly statements: Statements
  private readonly tables: ReadonlyMap<string, Table>
  private readonly clock: Clock
  private synchronous = ''

  constructor(db: DatabaseSync, path: string, tables: readonly Table[], clock: Clock) {
    this.db = db
    this.path = path
    this.clock = clock
    this.statements = new Statements(db)
    this.tables = new Map(tables.map((table) => [table.name, table]))
    db.exec('PRAGMA busy_timeout = 0')
  }

  /** What became of each task: undefined where it is written and survives power loss. */
  write(group: readonly Task[]): (Failure | undefined)[] {
    try {
      return this.transact(group)
    } catch (error) {
      const failure = fileFailure(error, this.path)
      // The file is well, so one task's statement failed: it must not cost the others theirs.
      if (failure === error && group.length > 1) return group.flatMap((task) => this.write([task]))
      const kind = failure instanceof UnavailableError ? 'unavailable' : 'fault'
      return group.map(() => ({ kind, message: (failure as Error).message }))
    }
  }

  private transact(group: readonly Task[]): (Failure | undefined)[] {
    this.rollBack()
    // Losing an event's settlement only means that it is relayed once more: no flush for that.
    this.flushWhen(group.some((task) => task.writes.length > 0))
    this.lock()
    try {
      const outcomes = group.map((task) => this.apply(task))
      this.db.exec('COMMIT')
      return outcomes
    } catch (error) {
      this.rollBack()
      throw error
    }
  }

  private rollBack() {
    if (this.db.isTransaction) this.db.exec('ROLLBACK')
  }

  private flushWhen(durable: boolean) {
    const synchronous = durable ? 'FULL' : 'NORMAL'
    if (synchronous === this.synchronous) return
    this.db.exec(`PRAGMA synchronous = ${synchronous}`)
    this.synchronous = synchronous
  }

  /** SQLite's own waiting grows to 100 ms between tries: a busy process would starve another. */
  private lock() {
    const untilMs = this.clock.now() + LOCK_WAIT_MS
    for (;;) {
      try {
        this.statements.of('BEGIN IMMEDIATE').run()
        return
      } catch (error) {
        if (!isBusy(error) || this.clock.now() >= untilMs) throw error
        Atomics.wait(SLEEPER, 0, 0, LOCK_POLL_MS)
      }
    }
  }

  private apply({ key, writes, events, settled }: Task): Failure | undefined {
    // A single insert or replace decides by itself; else every condition is checked before a write.
    if (writes.length > 1 || writes[0]?.op === 'remove') {
      for (const row of writes) {
        const failure = this.check(row, key)
        if (failure) return failure
      }
    }
    for (const row of writes) if (this.applyRow(row) === 0) return conflict(row)
    for (const event of events) this.statements.of(INSERT_EVENT).run(...event)
    if (settled.length > 0) this.statements.of(SETTLE_EVENTS).run(JSON.stringify(settled))
    return undefined
  }

  private applyRow(row: WriteRow): number | bigint {
    const { op, id, ifVersion, version, document } = row
    const statement = this.statements.of(this.tableOf(row)[op])
    switch (op) {
      case 'insert':
        return statement.run(id, version, document).changes
      case 'replace':
        return statement.run(version, document, id, ifVersion).changes
      case 'remove':
        return statement.run(id, ifVersion).changes
    }
  }

  private check(row: WriteRow, key: string): Failure | undefined {
    const { state, shardKey } = this.tableOf(row)
    const [version = 0, borne] = (this.statements.of(state).get(row.id) ?? []) as unknown[]
    if (version !== row.ifVersion) return conflict(row)
    if (row.op !== 'remove' || borne === key) return undefined
    return { kind: 'mistake', message: wrongKey(nameOf(row), shardKey, borne, key) }
  }

  private tableOf({ collection }: WriteRow): Table {
    return this.tables.get(collection)!
  }
}

function conflict(row: WriteRow): Failure {
  return { kind: 'conflict', message: `${nameOf(row)} is not at version ${row.ifVersion}` }
}
