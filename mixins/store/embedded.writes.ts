/**
 * What the writer thread is asked to write and what it answers. `commitRows` turns a commit into
 * rows at once, so that nothing that its caller does to a document afterwards reaches the store.
 */
import type { Table } from './embedded.sql.ts'
import type { Commit, StoredEvent, Write } from './store.ts'

const COMMIT_WRITES_MAX = 10_000

/** All of it or nothing; tasks of one group share a transaction. */
export interface Task {
  /** The shard key that every written document bears. */
  key: string
  writes: readonly WriteRow[]
  events: readonly EventRow[]
  /** The ids of events to forget. */
  settled: readonly string[]
}

export interface WriteRow {
  op: Write['op']
  collection: string
  id: string
  /** 0: there must be none. */
  ifVersion: number
  version: number
  document: string
}

export type EventRow = [id: string, type: string, key: string, at: number, payload: string]

/** Why nothing of a task was written. */
export interface Failure {
  kind: 'conflict' | 'mistake' | 'unavailable' | 'fault'
  message: string
}

/** @throws TypeError what no code should commit */
export function commitTask(commit: Commit, tableOf: (name: string) => Table): Task {
  const { key, writes, events = [] } = commit
  if (writes.length < 1 || writes.length > COMMIT_WRITES_MAX) {
    throw new TypeError(`a commit has 1 to ${COMMIT_WRITES_MAX} writes, not ${writes.length}`)
  }
  const rows = writes.map((write) => writeRow(write, tableOf(write.collection.name), key))
  if (rows.length > 1 && new Set(rows.map(nameOf)).size < rows.length) {
    throw new TypeError('a commit writes a document at most once')
  }
  return { key, writes: rows, events: events.map(eventRow), settled: [] }
}

export function settleTask(settled: readonly string[]): Task {
  return { key: '', writes: [], events: [], settled }
}

function writeRow(write: Write, { name, shardKey }: Table, key: string): WriteRow {
  if (write.op === 'remove') {
    const { op, id, ifVersion } = write
    return { op, collection: name, id, ifVersion, version: 0, document: '' }
  }
  const { op, document } = write
  const { id, version } = document
  const ifVersion = write.op === 'replace' ? write.ifVersion : 0
  if (typeof id !== 'string' || !Number.isSafeInteger(version) || version <= ifVersion) {
    throw new TypeError(`${name}/${id}: version ${version} cannot follow ${ifVersion}`)
  }
  const borne = valueAt(document, shardKey)
  if (borne !== key) throw new TypeError(wrongKey(`${name}/${id}`, shardKey, borne, key))
  return { op, collection: name, id, ifVersion, version, document: JSON.stringify(document) }
}

function eventRow({ id, type, key, at, payload }: StoredEvent): EventRow {
  return [id, type, key, at, JSON.stringify(payload) ?? 'null']
}

export function nameOf({ collection, id }: WriteRow): string {
  return `${collection}/${id}`
}

export function wrongKey(name: string, shardKey: string, borne: unknown, key: string): string {
  return `${name} bears the ${shardKey} "${borne}", the commit is for "${key}"`
}

function valueAt(document: object, path: string): unknown {
  let value: unknown = document
  for (const name of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[name]
  return value
}
