import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { sleep, systemClock } from '../../kernel/clock.ts'
import {
  conformanceCollections as collections,
  counters,
  insert,
  type Thing,
  things,
} from '../../test/conformance/store.things.ts'
import { openFile } from './embedded.file.ts'
import { Table } from './embedded.sql.ts'
import { createEmbeddedStore } from './embedded.ts'
import { type Store, StoreRefused, UnavailableError } from './store.ts'

const PROCESS = fileURLToPath(
  new URL('../../test/conformance/embedded.process.ts', import.meta.url),
)
const PAGE_BYTES = 4_096

let dataDir: string
let path: string
let stores: Store[]
let children: ChildProcess[]
beforeEach(() => {
  dataDir = fs.mkdtempSync(join(tmpdir(), 'stoa-embedded-'))
  path = join(dataDir, 'stoa.db')
  stores = []
  children = []
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  for (const store of stores) await store.close()
  fs.rmSync(dataDir, { recursive: true })
})

async function open(options: { dataDir?: string } = {}): Promise<Store> {
  const store = createEmbeddedStore({ dataDir, collections, ...options })
  await store.open()
  stores.push(store)
  return store
}

function thing(id: string, owner = 'me'): Thing {
  return { id, version: 1, owner }
}

/** `shell` may set limits before it becomes the process. */
function processOn(action: string, shell = 'exec "$@"'): ChildProcess {
  const command = [process.execPath, '--disable-warning=ExperimentalWarning', PROCESS]
  const child = spawn('sh', ['-c', shell, 'sh', ...command, action, dataDir])
  children.push(child)
  return child
}

/** Runs `task` on a connection of its own. */
function beside<T>(task: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(path)
  try {
    return task(db)
  } finally {
    db.close()
  }
}

describe('the file', () => {
  test('is for its owner alone, and so is its folder', async () => {
    const nested = join(dataDir, 'a', 'b')
    const store = await open({ dataDir: nested })
    await store.commit(insert('me', thing('1')))
    const modeOf = (name: string) => fs.statSync(join(nested, name)).mode & 0o777
    expect(modeOf('.')).toBe(0o700)
    for (const name of ['stoa.db', 'stoa.db-wal', 'stoa.db-shm']) expect(modeOf(name)).toBe(0o600)
  })

  test('gets the indexes that the code declares and loses those it no longer does', async () => {
    const indexNames = () =>
      beside((db) =>
        db
          .prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
          .all()
          .map((row) => row.name),
      )
    const first = await open()
    await first.commit(insert('me', { ...thing('1'), rank: 5 }))
    await first.close()
    expect(indexNames()).toContain('things(owner,rank,id)')

    const indexes = [{ fields: ['rank'], sparse: true }, { fields: ['owner', 'open'] }]
    const changed = { ...things, indexes }
    const added = { ...counters, name: 'added' }
    const second = createEmbeddedStore({ dataDir, collections: [changed, added] })
    stores.push(second)
    await second.open()
    expect(indexNames()).toEqual(['things(rank) sparse', 'things(owner,open)'])
    expect(await second.find(changed, { where: { rank: 5 }, limit: 9 })).toHaveLength(1)
    expect(await second.count(added)).toBe(0)
    await expect(second.get(counters, '1')).rejects.toThrow(TypeError)
    await second.close()

    const third = await open()
    expect(indexNames()).toContain('things(owner,rank,id)')
    expect(await third.get(things, '1')).toEqual({ ...thing('1'), rank: 5 })
  })

  test('of a newer schema is refused', async () => {
    await (await open()).close()
    beside((db) => db.exec('PRAGMA user_version = 99'))
    await expect(open()).rejects.toThrow(StoreRefused)
    await expect(open()).rejects.toThrow(/stoa\.db was written by a newer Stoa \(schema 99/)
  })

  test('that cannot be made is refused', async () => {
    fs.writeFileSync(join(dataDir, 'taken'), '')
    await expect(open({ dataDir: join(dataDir, 'taken') })).rejects.toThrow(StoreRefused)
    fs.mkdirSync(path)
    await expect(open()).rejects.toThrow(StoreRefused)
  })

  test('may be opened by many processes at once, the first time too', async () => {
    const opened = await Promise.all([1, 2, 3, 4].map(() => once(processOn('open'), 'exit')))
    expect(opened.map(([code]) => code)).toEqual([0, 0, 0, 0])
  })
})

describe('a damaged file', () => {
  beforeEach(async () => {
    const store = await open()
    const many = Array.from({ length: 500 }, (_, i) => ({
      ...thing(`${i}`),
      name: 'n'.repeat(500),
    }))
    await store.commit(insert('me', ...many))
    await store.close()
  })

  function overwrite(position: number, bytes: Uint8Array) {
    const file = fs.openSync(path, 'r+')
    fs.writeSync(file, bytes, 0, bytes.length, position)
    fs.closeSync(file)
  }

  const ruin = {
    'an overwritten header': () => overwrite(0, Buffer.alloc(100, 'x')),
    'other content': () => fs.writeFileSync(path, 'no database at all\n'.repeat(1_000)),
    'a cut-off end': () => fs.truncateSync(path, 20 * PAGE_BYTES),
    'overwritten pages': () => {
      const pages = fs.statSync(path).size / PAGE_BYTES
      for (let page = 2; page < pages; page += 3) {
        overwrite(page * PAGE_BYTES, Buffer.alloc(PAGE_BYTES / 2, 0xa5))
      }
    },
    'overwritten roots in a file too big for a whole check': () => {
      const roots = beside((db) => db.prepare('SELECT rootpage FROM sqlite_schema').all())
      for (const { rootpage } of roots) {
        overwrite((Number(rootpage) - 1) * PAGE_BYTES, Buffer.alloc(64, 0xa5))
      }
      fs.truncateSync(path, 300 * 1024 * 1024)
    },
    'nothing left beside its log': () => {
      fs.truncateSync(path)
      fs.writeFileSync(`${path}-wal`, 'log')
    },
  }
  test.each(Object.entries(ruin))(
    'with %s is refused in one line that helps',
    async (_, damage) => {
      damage()
      const refusal = await open().catch((error: unknown) => error)
      expect(refusal).toBeInstanceOf(StoreRefused)
      expect((refusal as Error).message).toMatch(
        /^\S+stoa\.db is damaged \(.*\): restore a backup.*$/,
      )
    },
  )

  test('a big file that is well is opened', async () => {
    fs.truncateSync(path, 300 * 1024 * 1024)
    expect(await (await open()).count(things)).toBe(500)
  })

  test('any byte of the header may be wrong: it is opened or refused', () => {
    const good = fs.readFileSync(path)
    const tables = collections.map((each) => new Table(each))
    let refusals = 0
    for (let position = 0; position < 100; position++) {
      fs.writeFileSync(path, good)
      overwrite(position, Uint8Array.of(good[position]! ^ 0xff))
      try {
        openFile(path, tables).close()
      } catch (error) {
        expect(error).toBeInstanceOf(StoreRefused)
        refusals += 1
      }
    }
    expect(refusals).toBeGreaterThan(40)
  })

  test('found out while it is open makes reads unavailable, not wrong', async () => {
    const store = await open()
    for (let page = 2; page < fs.statSync(path).size / PAGE_BYTES; page++) {
      overwrite(page * PAGE_BYTES, Buffer.alloc(PAGE_BYTES, 0xa5))
    }
    // A commit from elsewhere makes the store forget the good pages that it has read.
    beside((db) => db.exec('PRAGMA user_version = 1; CREATE TABLE elsewhere (id)'))
    const reading = store.find(things, { limit: 1_000 })
    await expect(reading).rejects.toThrow(UnavailableError)
    await expect(reading).rejects.toThrow(/stoa\.db is damaged, stop Stoa and restore a backup/)
    await expect(store.commit(insert('me', thing('x')))).rejects.toThrow(UnavailableError)
  })
})

describe('a process that is killed', () => {
  test('has every commit that it acknowledged, and none by half', async () => {
    const acknowledged: string[] = []
    for (let round = 0; round < 3; round++) {
      const child = processOn('insert')
      const lines = createInterface({ input: child.stdout! })
      let seen = 0
      for await (const owner of lines) {
        acknowledged.push(owner)
        seen += 1
        if (seen === 300) child.kill('SIGKILL')
      }
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(900)
    const store = await open()
    const all = await store.find(things, { limit: 10_000 })
    const endsOf = Map.groupBy(all, ({ owner }) => owner)
    for (const ends of endsOf.values()) expect(ends).toHaveLength(2)
    for (const owner of acknowledged) expect(endsOf.has(owner)).toBe(true)
    const events = await store.pendingEvents(10_000, Number.MAX_SAFE_INTEGER)
    expect(new Set(events.map(({ id }) => id))).toEqual(new Set(endsOf.keys()))
  })
})

describe('processes that share the file', () => {
  test('lose no increment', async () => {
    const store = await open()
    const counter = { id: 'shared', version: 1, count: 0 }
    const writes = [{ op: 'insert', collection: counters, document: counter } as const]
    await store.commit({ key: 'shared', writes })
    const ends = await Promise.all([1, 2, 3].map(() => once(processOn('increment'), 'exit')))
    expect(ends.map(([code]) => code)).toEqual([0, 0, 0])
    expect(await store.get(counters, 'shared')).toEqual({ id: 'shared', version: 601, count: 600 })
  })

  test('wait for one another, and reads wait for nobody', async () => {
    const store = await open()
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    const waiting = store.commit(insert('me', thing('1')))
    await sleep(systemClock, 30)
    expect(await store.get(things, '1')).toBeUndefined()
    other.close()
    await waiting
    expect(await store.get(things, '1')).toEqual(thing('1'))
  })
})

describe('a full disk', () => {
  test('refuses commits, keeps what it acknowledged, takes more when there is room', async () => {
    const child = processOn('fill', 'ulimit -f 2000; exec "$@"')
    const [output, [code]] = await Promise.all([text(child.stdout!), once(child, 'exit')])
    expect(code).toBe(0)
    const lines = output.trim().split('\n')
    const count = lines.length - 1
    expect(count).toBeGreaterThan(10)
    expect(lines.at(-1)).toMatch(
      new RegExp(`^full with ${count}: \\S+stoa.db fails: disk I/O error`),
    )
    const store = await open()
    const ids = (await store.find(things, { limit: 10_000 })).map(({ id }) => Number(id))
    expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i))
    await store.commit(insert('me', thing('more')))
    expect(await store.count(things)).toBe(count + 1)
  })
})
