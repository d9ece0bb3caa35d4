/**
 * The embedded store: one SQLite file for one machine, which several processes may share. A commit
 * that is acknowledged survives power loss. A read sees whole commits that do, and waits for none:
 * reads are answered here, while a thread with a connection of its own writes and waits for the
 * disk. The files beside this own the parts: embedded.file.ts opens, embedded.sql.ts compiles,
 * embedded.writes.ts prepares, embedded.commits.ts queues, embedded.writer.ts commits.
 */
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { sleep, systemClock } from '../../kernel/clock.ts'
import { CommitQueue } from './embedded.commits.ts'
import { fileFailure, isBusy, OPEN_WAIT_MS, openFile, Statements } from './embedded.file.ts'
import { Table } from './embedded.sql.ts'
import type { ThreadData } from './embedded.thread.ts'
import { commitTask, settleTask } from './embedded.writes.ts'
import {
  type Collection,
  type Commit,
  type Document,
  type Query,
  type Store,
  type StoredEvent,
  UnavailableError,
} from './store.ts'

const OPEN_POLL_MS = 20
/** A read waits only where a process was killed in a commit and its log must be recovered. */
const READ_WAIT_MS = 1_000
const PENDING_EVENTS = `SELECT id, type, key, at, payload FROM "$outbox"
  WHERE at < ? ORDER BY seq LIMIT ?`
const EVENT_LAG = `SELECT count(*), (SELECT at FROM "$outbox" ORDER BY seq LIMIT 1)
  FROM "$outbox"`

export interface EmbeddedStoreOptions {
  /** The folder that holds `stoa.db`; created where it is missing. */
  dataDir: string
  /** Every collection that will be used. */
  collections: readonly Collection[]
}

/** @throws TypeError a collection that SQL cannot name */
export function createEmbeddedStore(options: EmbeddedStoreOptions): Store {
  return new EmbeddedStore(options)
}

interface Opened {
  db: DatabaseSync
  statements: Statements
  commits: CommitQueue
}

class EmbeddedStore implements Store {
  private readonly path: string
  private readonly collections: readonly Collection[]
  private readonly tables: ReadonlyMap<string, Table>
  private opened: Opened | undefined

  constructor({ dataDir, collections }: EmbeddedStoreOptions) {
    this.path = join(dataDir, 'stoa.db')
    this.collections = collections
    this.tables = new Map(collections.map((each) => [each.name, new Table(each)]))
  }

  async open(): Promise<void> {
    if (this.opened) return
    const db = await this.openFile()
    db.exec(`PRAGMA busy_timeout = ${READ_WAIT_MS}; PRAGMA query_only = ON`)
    const commits = new CommitQueue(() => this.startThread(), systemClock)
    this.opened = { db, statements: new Statements(db), commits }
  }

  async close(): Promise<void> {
    const { opened } = this
    if (!opened) return
    this.opened = undefined
    await opened.commits.close()
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
    const { commits } = this.use()
    return commits.add(commitTask(commit, (name) => this.tableOf(name)))
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
    const { commits } = this.use()
    if (ids.length > 0) await commits.add(settleTask(ids))
  }

  /** Processes that make the file at once may fail on each other without having waited. */
  private async openFile(): Promise<DatabaseSync> {
    const untilMs = systemClock.now() + OPEN_WAIT_MS
    for (;;) {
      try {
        return openFile(this.path, [...this.tables.values()])
      } catch (error) {
        if (!isBusy((error as Error).cause) || systemClock.now() >= untilMs) throw error
        await sleep(systemClock, OPEN_POLL_MS)
      }
    }
  }

  private startThread(): Worker {
    const workerData: ThreadData = { path: this.path, collections: this.collections }
    return new Worker(new URL('./embedded.thread.ts', import.meta.url), { workerData })
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

function rows<R extends unknown[]>(found: unknown[]): R[] {
  return found as R[]
}

function parse<D extends Document>(row: unknown): D {
  return JSON.parse((row as [string])[0])
}
