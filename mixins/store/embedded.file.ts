/**
 * The file of the embedded store: opens it, for the user it runs as alone (0600 in a 0700 folder),
 * refuses one that is damaged or of a newer Stoa, and brings its tables and indexes to what the
 * code declares. SQLite itself replays the write-ahead log that a killed process has left.
 */
import { closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Table } from './embedded.sql.ts'
import { StoreRefused, UnavailableError } from './store.ts'

/** How long opening waits for another process that opens, upgrades or recovers the file. */
export const OPEN_WAIT_MS = 5_000
/**
 * Pages that a connection remembers: reads go all over the file, writes mostly to its young end.
 */
export const READ_CACHE_KIB = 16_384
export const WRITE_CACHE_KIB = 8_192
const LOG_KEPT_BYTES = 64 * 1024 * 1024
/** quick_check reads 1 GB a second from memory: up to this size a file is checked whole on open. */
const WHOLE_CHECK_BYTES = 256 * 1024 * 1024

/** Entry n brings a file from schema n to n + 1; only ever append. */
const MIGRATIONS = [
  `CREATE TABLE "$outbox" (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, key TEXT NOT NULL,
    at INTEGER NOT NULL, payload TEXT NOT NULL)`,
]

/** The primary result codes that blame the file, the disk or the memory, not the statement. */
const FAILURE = {
  busy: 5,
  locked: 6,
  noMemory: 7,
  readOnly: 8,
  inputOutput: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  protocol: 15,
  notADatabase: 26,
} as const
type Failure = (typeof FAILURE)[keyof typeof FAILURE]
const FAILURES: ReadonlySet<unknown> = new Set(Object.values(FAILURE))
const LASTING: ReadonlySet<Failure> = new Set([FAILURE.readOnly, FAILURE.cannotOpen])

/**
 * @throws StoreRefused the file must not be used; the message says why and what to do
 * @throws UnavailableError the disk is full or fails, or another process holds the file
 */
export function openFile(path: string, tables: readonly Table[]): DatabaseSync {
  let db: DatabaseSync | undefined
  try {
    createFile(path)
    db = connect(path, READ_CACHE_KIB)
    checkFile(db, path)
    bringSchema(db, path, tables)
    return db
  } catch (error) {
    db?.close()
    throw openFailure(error, path)
  }
}

export function connect(path: string, cacheKib: number): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: OPEN_WAIT_MS })
  try {
    db.exec(`PRAGMA cache_size = -${cacheKib}; PRAGMA temp_store = MEMORY;
      PRAGMA journal_size_limit = ${LOG_KEPT_BYTES}`)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** Created by hand for its mode; opened by SQLite alone, whose locks a second close would drop. */
function createFile(path: string) {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EEXIST') throw error
  }
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false })
  // SQLite would take the empty file for a new one and throw away the log beside it.
  if (statSync(path).size === 0 && log && log.size > 0) throw damaged(path, 'the file is empty')
}

function checkFile(db: DatabaseSync, path: string) {
  const mode = scalar(db, 'PRAGMA journal_mode = WAL')
  if (mode !== 'wal') {
    throw new StoreRefused(`${path} cannot keep a write-ahead log: use a local disk`)
  }
  if (statSync(path).size <= WHOLE_CHECK_BYTES) {
    const finding = scalar(db, 'PRAGMA quick_check(1)')
    if (finding !== 'ok') throw damaged(path, String(finding))
    return
  }
  // A longer check would hold up the start: read the first and the last entry of every tree.
  for (const name of names(db, "SELECT name FROM sqlite_schema WHERE type = 'table'")) {
    for (const order of ['rowid', 'rowid DESC', 'id', 'id DESC']) {
      db.prepare(`SELECT * FROM "${name}" ORDER BY ${order} LIMIT 1`).get()
    }
  }
}

function bringSchema(db: DatabaseSync, path: string, tables: readonly Table[]) {
  db.exec('BEGIN IMMEDIATE')
  const schema = Number(scalar(db, 'PRAGMA user_version'))
  if (schema < 0 || schema > MIGRATIONS.length) {
    throw new StoreRefused(
      `${path} was written by a newer Stoa (schema ${schema}, here ${MIGRATIONS.length}): ` +
        'start that version, or restore a backup',
    )
  }
  for (const migration of MIGRATIONS.slice(schema)) db.exec(migration)
  if (schema < MIGRATIONS.length) db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`)
  for (const table of tables) bringTable(db, table)
  db.exec('COMMIT')
}

/** A column that no index needs stays: it takes no room, and an older process may read it. */
function bringTable(db: DatabaseSync, table: Table) {
  const columns = names(db, `SELECT name FROM pragma_table_xinfo('${table.name}')`)
  if (columns.size === 0) db.exec(table.create)
  for (const [column, add] of table.columns) if (!columns.has(column)) db.exec(add)
  const indexes = names(
    db,
    `SELECT name FROM sqlite_schema
     WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = '${table.name}'`,
  )
  for (const index of indexes) if (!table.indexes.has(index)) db.exec(`DROP INDEX "${index}"`)
  for (const [index, create] of table.indexes) if (!indexes.has(index)) db.exec(create)
}

function names(db: DatabaseSync, sql: string): Set<string> {
  return new Set(
    db
      .prepare(sql)
      .all()
      .map(({ name }) => String(name)),
  )
}

function scalar(db: DatabaseSync, sql: string): unknown {
  return Object.values(db.prepare(sql).get() ?? {})[0]
}

function damaged(path: string, finding: string): StoreRefused {
  return new StoreRefused(
    `${path} is damaged (${finding.replace(/\s+/g, ' ')}): ` +
      'restore a backup of it and its -wal file, or move both away to start empty',
  )
}

function openFailure(error: unknown, path: string): unknown {
  const { message, syscall, errcode } = error as {
    message: string
    syscall?: string
    errcode?: number
  }
  const failure = failureOf(error)
  if (isDamage(failure)) return damaged(path, message)
  const mayPass = failure !== undefined && !LASTING.has(failure)
  if (mayPass || (!syscall && !errcode)) return fileFailure(error, path)
  return new StoreRefused(`${path} cannot be opened for writing: ${message}`, { cause: error })
}

/** What a failure while the store is open means to the caller; anything else stays as it is. */
export function fileFailure(error: unknown, path: string): unknown {
  const failure = error instanceof SyntaxError ? FAILURE.corrupt : failureOf(error)
  if (failure === undefined) return error
  const state = isDamage(failure) ? 'is damaged, stop Stoa and restore a backup' : 'fails'
  return new UnavailableError(`${path} ${state}: ${(error as Error).message}`, { cause: error })
}

/** Another process holds the file's write lock. */
export function isBusy(error: unknown): boolean {
  return failureOf(error) === FAILURE.busy
}

function isDamage(failure: Failure | undefined): boolean {
  return failure === FAILURE.corrupt || failure === FAILURE.notADatabase
}

/** The low byte of the extended result code, https://sqlite.org/rescode.html */
function failureOf(error: unknown): Failure | undefined {
  const code = Number((error as { errcode?: unknown } | undefined)?.errcode) & 0xff
  return FAILURES.has(code) ? (code as Failure) : undefined
}

/**
 * Prepares each statement once; SQLite renews it by itself when the schema changes. Rows come as
 * arrays, which the types do not follow.
 */
export class Statements {
  private readonly db: DatabaseSync
  private readonly prepared = new Map<string, StatementSync>()

  constructor(db: DatabaseSync) {
    this.db = db
  }

  of(sql: string): StatementSync {
    let statement = this.prepared.get(sql)
    if (!statement) {
      statement = this.db.prepare(sql)
      statement.setReturnArrays(true)
      this.prepared.set(sql, statement)
    }
    return statement
  }
}
