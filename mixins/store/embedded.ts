/**
 * The embedded store: one SQLite file for one machine, which several processes may share. A commit
 * that is acknowledged survives power loss; reads never wait for commits and see whole ones only.
 * The files beside this own its parts: embedded.file.ts (opening), embedded.sql.ts (queries),
 * embedded.writes.ts (one commit), embedded.commits.ts (many in one transaction).
 */
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../../kernel/clock.ts'
import { GroupCommit } from './embedded.commits.ts'
import { fileFailure, openFile, Statements } from './embedded.file.ts'
import { Table } from './embedded.sql.ts'
import { CommitWriter, commitRows } from './embedded.writes.ts'
import {
  type Collection,
  type Commit,
  type Document,
  type Query,
  type Store,
  type StoredEvent,
  UnavailableError,
} from './store.ts'

const PENDING_EVENTS = `SELECT id, type, key, at, payload FROM "$outbox"
  WHERE at < ? ORDER BY seq LIMIT ?`
const EVENT_LAG = `SELECT count(*), (SELECT at FROM "$outbox" ORDER BY seq LIMIT 1)
  FROM "$outbox"`

export interface EmbeddedStoreOptions {
  /** The folder that holds `stoa.db`; created where it is missing. */
  dataDir: string
  /** Every collection that will be used. */
  collections: readonly Collection[]
  clock: Clock
}

/** @throws TypeError a collection that SQL cannot name */
export function createEmbeddedStore(options: EmbeddedStoreOptions): Store {
  return new EmbeddedStore(options)
}

interface Opened {
  db: DatabaseSync
  statements: Statements
  writer: CommitWriter
  commits: GroupCommit
}

class EmbeddedStore implements Store {
  private readonly path: string
  private readonly clock: Clock
  private readonly tables: ReadonlyMap<string, Table>
  private opened: Opened | undefined

  constructor({ dataDir, collections, clock }: EmbeddedStoreOptions) {
    this.path = join(dataDir, 'stoa.db')
    this.clock = clock
    this.tables = new Map(collections.map((each) => [each.name, new Table(each)]))
  }

  async open(): Promise<void> {
    if (this.opened) return
    const db = openFile(this.path, [...this.tables.values()])
    const statements = new Statements(db)
    const writer = new CommitWriter(statements)
    const commits = new GroupCommit(db, this.path, this.clock)
    this.opened = { db, statements, writer, commits }
  }

  async close(): Promise<void> {
    const { opened } = this
    if (!opened) return
    this.opened = undefined
    await opened.commits.idle()
    opened.db.close()
  }

  async get<D extends Document>(from: Collection<D>, id: string): Promise<D | undefined> {
    return this.read((statements) => {
      const row = statements.of(this.tableOf(from.name).get).get(id)
      return row && parse<D>(row)
    })
  }

  async getMany<D extends Document>(
    from: Collection<D>,
    ids: readonly string[],
  ): Promise<(D | undefined)[]> {
    return this.read((statements) => {
      const documents = new Array<D | undefined>(ids.length).fill(undefined)
      const found = statements.of(this.tableOf(from.name).getMany).all(JSON.stringify(ids))
      for (const [document, place] of rows<[string, number]>(found)) {
        documents[place] = JSON.parse(document)
      }
      return documents
    })
  }

  async find<D extends Document>(from: Collection<D>, query: Query): Promise<D[]> {
    const { sql, values } = this.tableOf(from.name).select(query)
    return this.read((statements) =>
      statements
        .of(sql)
        .all(...values)
        .map(parse<D>),
    )
  }

  async count(from: Collection, where?: Query['where']): Promise<number> {
    const { sql, values } = this.tableOf(from.name).count(where)
    return this.read((statements) => {
      const [[count]] = rows<[number]>(statements.of(sql).all(...values)) as [[number]]
      return count
    })
  }

  async commit(commit: Commit): Promise<void> {
    const { writer, commits } = this.use()
    const rows = commitRows(commit, (name) => this.tableOf(name))
    return commits.add({
      rows: rows.writes.length + rows.events.length,
      durable: true,
      write: () => writer.write(rows),
    })
  }

  async pendingEvents(limit: number, beforeMs: number): Promise<StoredEvent[]> {
    return this.read((statements) => {
      const pending = statements.of(PENDING_EVENTS).all(beforeMs, limit)
      return rows<[string, string, string, number, string]>(pending).map(
        ([id, type, key, at, payload]) => ({ id, type, key, at, payload: JSON.parse(payload) }),
      )
    })
  }

  async eventLag(): Promise<{ pending: number; oldestAt: number | undefined }> {
    return this.read((statements) => {
      const [[pending, oldestAt]] = rows(statements.of(EVENT_LAG).all()) as [
        [number, number | null],
      ]
      return { pending, oldestAt: oldestAt ?? undefined }
    })
  }

  async settleEvents(ids: readonly string[]): Promise<void> {
    const { writer, commits } = this.use()
    if (ids.length === 0) return
    return commits.add({
      rows: ids.length,
      durable: false,
      write: () => writer.settleEvents(ids),
    })
  }

  private use(): Opened {
    if (!this.opened) throw new UnavailableError(`${this.path} is not open`)
    return this.opened
  }

  private read<T>(task: (statements: Statements) => T): T {
    const { statements } = this.use()
    try {
      return task(statements)
    } catch (error) {
      throw fileFailure(error, this.path)
    }
  }

  private tableOf(name: string): Table {
    const table = this.tables.get(name)
    if (!table) throw new TypeError(`the collection "${name}" was not declared to the store`)
    return table
  }
}

/** The file is opened with `returnArrays`, which the types do not follow. */
function rows<R extends unknown[]>(found: unknown[]): R[] {
  return found as R[]
}

function parse<D extends Document>(row: unknown): D {
  return JSON.parse((row as [string])[0])
}
