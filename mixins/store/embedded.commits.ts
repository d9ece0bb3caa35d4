/**
 * The queue before the writer thread. What arrives in one turn of the event loop goes to it as one
 * group; what arrives while it writes waits to be the next. The thread does the waiting for the
 * disk and for other processes, so nothing here ever blocks.
 */
import type { Worker } from 'node:worker_threads'
import type { Clock } from '../../kernel/clock.ts'
import { type Failure, settleTask, type Task } from './embedded.writes.ts'
import { ConflictError, UnavailableError } from './store.ts'

/** What may wait: documents, events and settlements. More is refused. */
const WAITING_ROWS_MAX = 50_000
/** A group takes no further task beyond this: it bounds how long the next and others wait. */
const GROUP_ROWS_MAX = 1_000
/** Longer than the writer waits for the lock: beyond this the disk does not answer. */
const ANSWER_WAIT_MS = 10_000

const ERRORS = {
  conflict: ConflictError,
  mistake: TypeError,
  unavailable: UnavailableError,
  fault: Error,
}

interface Waiting {
  task: Task
  rows: number
  resolve: () => void
  reject: (reason: Error) => void
}

export class CommitQueue {
  private readonly start: () => Worker
  private readonly clock: Clock
  private thread: Worker | undefined
  private waiting: Waiting[] = []
  /** The group that the thread has; empty while it has none. */
  private writing: Waiting[] = []
  private rows = 0
  private scheduled = false
  private cancelTimeout = () => {}

  constructor(start: () => Worker, clock: Clock) {
    this.start = start
    this.clock = clock
    this.thread = this.startThread()
  }

  /**
   * Resolves when the task is written.
   * @throws ConflictError TypeError nothing of it was written
   * @throws UnavailableError too many wait, or the file fails, is locked or does not answer
   */
  add(task: Task): Promise<void> {
    const rows = task.writes.length + task.events.length + task.settled.length
    if (this.rows + rows > WAITING_ROWS_MAX) {
      return Promise.reject(new UnavailableError(`${WAITING_ROWS_MAX} writes wait already`))
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.waiting.push({ task, rows, resolve, reject })
    this.rows += rows
    this.schedule()
    return promise
  }

  /** Ends the thread behind all that was added before. */
  async close(): Promise<void> {
    await this.add(settleTask([])).catch(() => {})
    const { thread } = this
    // A thread that has not even answered by now would not end, either.
    if (!thread || this.writing.length > 0) return
    thread.ref()
    const ended = new Promise((resolve) => thread.once('exit', resolve))
    thread.postMessage(null)
    await ended
  }

  private startThread(): Worker {
    const thread = this.start()
    let reason = 'the writer has ended'
    thread.on('message', (failures: (Failure | undefined)[]) => this.receive(failures))
    thread.on('error', (error) => {
      reason = `the writer has failed: ${error.message}`
    })
    thread.on('exit', () => {
      this.thread = undefined
      this.fail(reason)
      this.end()
    })
    thread.unref()
    return thread
  }

  private schedule() {
    if (this.scheduled || this.writing.length > 0 || this.waiting.length === 0) return
    this.scheduled = true
    setImmediate(this.send)
  }

  private readonly send = () => {
    this.scheduled = false
    if (this.waiting.length === 0) return
    this.writing = this.nextGroup()
    this.thread ??= this.startThread()
    this.thread.ref()
    this.thread.postMessage(this.writing.map(({ task }) => task))
    this.awaitAnswer()
  }

  private nextGroup(): Waiting[] {
    let rows = 0
    const end = this.waiting.findIndex((each, i) => {
      rows += each.rows
      return rows > GROUP_ROWS_MAX && i > 0
    })
    return this.waiting.splice(0, end === -1 ? this.waiting.length : end)
  }

  private awaitAnswer() {
    this.cancelTimeout = this.clock.after(ANSWER_WAIT_MS, () => {
      this.fail('the disk does not answer')
      this.awaitAnswer()
    })
  }

  private receive(failures: (Failure | undefined)[]) {
    for (const [i, { resolve, reject }] of this.writing.entries()) {
      const failure = failures[i]
      if (failure) reject(new ERRORS[failure.kind](failure.message))
      else resolve()
    }
    this.end()
  }

  /** The thread is free again: what waits is the next group. */
  private end() {
    this.cancelTimeout()
    this.thread?.unref()
    for (const { rows } of this.writing.splice(0)) this.rows -= rows
    this.schedule()
  }

  /** What is being written may still come to be; what waits is let go. */
  private fail(reason: string) {
    for (const { rows } of this.waiting) this.rows -= rows
    for (const { reject } of [...this.writing, ...this.waiting.splice(0)]) {
      reject(new UnavailableError(reason))
    }
  }
}
