/** The writer's thread: it waits for the disk so that the process never does. */
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../../kernel/clock.ts'
import { connect, WRITE_CACHE_KIB } from './embedded.file.ts'
import { Table } from './embedded.sql.ts'
import { Writer } from './embedded.writer.ts'
import type { Task } from './embedded.writes.ts'
import type { Collection } from './store.ts'

export interface ThreadData {
  path: string
  collections: readonly Collection[]
}

const { path, collections } = workerData as ThreadData
const tables = collections.map((each) => new Table(each))
const db = connect(path, WRITE_CACHE_KIB)
const writer = new Writer(db, path, tables, systemClock)

/** A group to write, or null to end. */
parentPort!.on('message', (group: Task[] | null) => {
  if (group) return parentPort!.postMessage(writer.write(group))
  db.close()
  parentPort!.close()
})
