/**
 * Group commit: what arrives in one turn of the event loop is written in one transaction, so that
 * one flush of the disk serves all of it. A task that refuses leaves the others be. A transaction
 * that fails is rolled back whole, nothing of it is acknowledged, and the next begins anew.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../../kernel/clock.ts'
import { fileFailure, isBusy } from './embedded.file.ts'
import { UnavailableError } from './store.ts'

/** What may wait; more is refused. */
const QUEUED_ROWS_MAX = 50_000
/** A group takes no further task beyond this, so that others get their turn within about 20 ms. */
const GROUP_ROWS_MAX = 1_000
/** How long another process may hold the write lock before what waits for it is refused. */
const LOCK_WAIT_MS = 2_000
const LOCK_POLL_MS = 2
/** A read waits only where another process, killed in a commit, left the log to be recovered. */
const READ_WAIT_MS = 1_000

interface Task {
  rows: number
  /** Must survive power loss once it is acknowledged. */
  durable: boolean
  /** Writes all that it is to write, or nothing and gives the reason. */
  write: () => Error | undefined
  /** Has failed with others: is tried once more in a transaction of its own. */
  alone?: boolean
}

interface QueuedTask extends Task {
  resolve: () => void
  reject: (reason: unknown) => void
}

export class GroupCommit {
  private readonly db: DatabaseSync
  private readonly path: string
  private readonly clock: Clock
  private queue: QueuedTask[] = []
  private queuedRows = 0
  private scheduled = false
  private lockedSinceMs: number | undefined
  private synchronous = 'FULL'

  constructor(db: DatabaseSync, path: string, clock: Clock) {
    this.db = db
    this.path = path
    this.clock = clock
  }

  /**
   * Resolves when the task's transaction is committed.
   * @throws UnavailableError the queue is full, or the file fails or is locked by another process
   */
  add(task: Task): Promise<void> {
    if (this.queuedRows + task.rows > QUEUED_ROWS_MAX) {
      return Promise.reject(new UnavailableError(`${QUEUED_ROWS_MAX} writes wait already`))
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.queue.push({ ...task, resolve, reject })
    this.queuedRows += task.rows
    this.schedule()
    return promise
  }

  /** Resolves when all that was added before has ended, well or not. */
  async idle(): Promise<void> {
    await this.add({ rows: 0, durable: false, write: () => undefined }).catch(() => {})
  }

  private schedule() {
    if (this.scheduled) return
    this.scheduled = true
    setImmediate(this.flush)
  }

  private readonly flush = (): void => {
    this.scheduled = false
    const group = this.nextGroup()
    try {
      this.begin(group.some((task) => task.durable))
    } catch (error) {
      if (isBusy(error) && this.mayWait()) {
        this.scheduled = true
        this.clock.after(LOCK_POLL_MS, this.flush)
      } else {
        this.lockedSinceMs = undefined
        for (const { reject } of this.take(this.queue.length)) reject(fileFailure(error, this.path))
      }
      return
    }
    this.lockedSinceMs = undefined
    this.commit(this.take(group.length))
    if (this.queue.length > 0) this.schedule()
  }

  private nextGroup(): QueuedTask[] {
    const [first] = this.queue
    if (first?.alone) return [first]
    let rows = 0
    const end = this.queue.findIndex((task) => {
      rows += task.rows
      return rows > GROUP_ROWS_MAX && task !== first
    })
    return end === -1 ? this.queue : this.queue.slice(0, end)
  }

  private take(count: number): QueuedTask[] {
    const tasks = this.queue.splice(0, count)
    for (const task of tasks) this.queuedRows -= task.rows
    return tasks
  }

  private mayWait(): boolean {
    const nowMs = this.clock.now()
    this.lockedSinceMs ??= nowMs
    return nowMs - this.lockedSinceMs < LOCK_WAIT_MS
  }

  private begin(durable: boolean) {
    this.rollBack()
    // Losing an event's settlement only means that it is relayed once more: no flush for that.
    const synchronous = durable ? 'FULL' : 'NORMAL'
    if (synchronous !== this.synchronous) this.db.exec(`PRAGMA synchronous = ${synchronous}`)
    this.synchronous = synchronous
    try {
      // SQLite would wait for the lock asleep, and all of this process with it.
      this.db.exec('PRAGMA busy_timeout = 0; BEGIN IMMEDIATE')
    } finally {
      this.db.exec(`PRAGMA busy_timeout = ${READ_WAIT_MS}`)
    }
  }

  private commit(group: QueuedTask[]) {
    let refusals: (Error | undefined)[]
    try {
      refusals = group.map((task) => task.write())
      this.db.exec('COMMIT')
    } catch (error) {
      this.rollBack()
      const failure = fileFailure(error, this.path)
      // Where the file is well, one task's statement failed: it must not cost the others theirs.
      if (failure === error && group.length > 1) this.tryAlone(group)
      else for (const { reject } of group) reject(failure)
      return
    }
    for (const [i, { resolve, reject }] of group.entries()) {
      if (refusals[i]) reject(refusals[i])
      else resolve()
    }
  }

  private tryAlone(group: QueuedTask[]) {
    this.queue.unshift(...group.map((task) => ({ ...task, alone: true })))
    for (const task of group) this.queuedRows += task.rows
  }

  /** Should even this fail, begin() repeats it before anything else is written. */
  private rollBack() {
    try {
      if (this.db.isTransaction) this.db.exec('ROLLBACK')
    } catch {}
  }
}
