import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { systemClock } from '../../kernel/clock.ts'
import { insert, things } from '../../test/conformance/store.things.ts'
import { openFile } from './embedded.file.ts'
import { Table } from './embedded.sql.ts'
import { Writer } from './embedded.writer.ts'
import { commitTask, settleTask, type Task } from './embedded.writes.ts'

const table = new Table(things)
let dataDir: string
let db: DatabaseSync
let writer: Writer
let path: string
beforeEach(() => {
  dataDir = fs.mkdtempSync(join(tmpdir(), 'stoa-writer-'))
  path = join(dataDir, 'stoa.db')
  db = openFile(path, [table])
  writer = new Writer(db, path, [table], systemClock)
})
afterEach(() => {
  db.close()
  fs.rmSync(dataDir, { recursive: true })
})

function numberOf(sql: string): number {
  return Number(Object.values(db.prepare(sql).get()!)[0])
}

const count = () => numberOf('SELECT count(*) FROM things')

function task(id: string, sizeBytes = 0): Task {
  const thing = { id, version: 1, owner: 'me', name: 'x'.repeat(sizeBytes) }
  return commitTask(insert('me', thing), () => table)
}

test('a group that does not fit the disk fails whole, and the next has its chance', () => {
  expect(writer.write([task('first')])).toEqual([undefined])
  const pages = numberOf('PRAGMA page_count')
  db.exec(`PRAGMA max_page_count = ${pages}`)
  const full = { kind: 'unavailable', message: expect.stringMatching(/stoa\.db fails: .* full$/) }
  expect(writer.write([task('a'), task('big', 100_000), task('b')])).toEqual([full, full, full])
  expect(count()).toBe(1)
  expect(db.isTransaction).toBe(false)
  expect(writer.write([task('c')])).toEqual([undefined])
  expect(count()).toBe(2)
  db.exec(`PRAGMA max_page_count = ${pages + 100}`)
  expect(writer.write([task('a'), task('big', 100_000), task('b')])).toEqual(
    Array(3).fill(undefined),
  )
  expect(count()).toBe(5)
})

test('a group is flushed to the disk where any of it must survive', () => {
  const [normal, full] = [1, 2]
  const synchronous = () => numberOf('PRAGMA synchronous')
  writer.write([task('a')])
  expect(synchronous()).toBe(full)
  writer.write([settleTask(['a'])])
  expect(synchronous()).toBe(normal)
  writer.write([settleTask(['a']), task('b')])
  expect(synchronous()).toBe(full)
})

test('a group waits for a lock as long as the clock allows', () => {
  const other = new DatabaseSync(path)
  other.exec('BEGIN IMMEDIATE')
  let now = 0
  const clock = { ...systemClock, now: () => now++ * 100 }
  writer = new Writer(db, path, [table], clock)
  const locked = {
    kind: 'unavailable',
    message: expect.stringMatching(/stoa\.db fails: .* locked$/),
  }
  expect(writer.write([task('a'), task('b')])).toEqual([locked, locked])
  expect(now).toBeGreaterThan(10)
  other.close()
  expect(writer.write([task('a')])).toEqual([undefined])
  expect(count()).toBe(1)
})
