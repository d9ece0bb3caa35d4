import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Clock, systemClock } from '../../kernel/clock.ts'
import { things as documents, insert, type Thing } from '../../test/conformance/store.things.ts'
import { CommitQueue } from './embedded.commits.ts'
import { createEmbeddedStore } from './embedded.ts'
import { settleTask } from './embedded.writes.ts'
import { ConflictError, type Store, UnavailableError } from './store.ts'

let dataDir: string
let path: string
beforeEach(() => {
  dataDir = fs.mkdtempSync(join(tmpdir(), 'stoa-commits-'))
  path = join(dataDir, 'stoa.db')
})
afterEach(() => fs.rmSync(dataDir, { recursive: true }))

function thing(id: string | number, name = ''): Thing {
  return { id: `${id}`, version: 1, owner: 'me', name }
}

/** Transactions in the write-ahead log: its frames that bear the file's size close one each. */
function transactions(): number {
  const log = fs.readFileSync(`${path}-wal`)
  const pageBytes = log.readUInt32BE(8)
  let count = 0
  for (let frame = 32; frame < log.length; frame += 24 + pageBytes) {
    if (log.readUInt32BE(frame + 4) > 0) count += 1
  }
  return count
}

describe('the store', () => {
  let store: Store
  beforeEach(async () => {
    store = createEmbeddedStore({ dataDir, collections: [documents] })
    await store.open()
  })
  afterEach(() => store.close())

  test('writes commits that arrive together in one transaction', async () => {
    const before = transactions()
    await Promise.all(Array.from({ length: 40 }, (_, i) => store.commit(insert('me', thing(i)))))
    expect(transactions()).toBe(before + 1)
    for (let i = 40; i < 45; i++) await store.commit(insert('me', thing(i)))
    expect(transactions()).toBe(before + 6)
    expect(await store.count(documents)).toBe(45)
  })

  test('writes nothing for a commit that conflicts', async () => {
    await store.commit(insert('me', thing(1)))
    const before = transactions()
    await expect(store.commit(insert('me', thing(1)))).rejects.toThrow(ConflictError)
    expect(transactions()).toBe(before)
  })

  test('bounds how much goes into one transaction', async () => {
    const before = transactions()
    const batch = (i: number) => Array.from({ length: 600 }, (_, k) => thing(`${i}-${k}`))
    await Promise.all([1, 2, 3].map((i) => store.commit(insert('me', ...batch(i)))))
    expect(transactions()).toBe(before + 3)
  })

  test('refuses what its queue does not hold', async () => {
    const batch = (i: number) => Array.from({ length: 10_000 }, (_, k) => thing(`${i}-${k}`))
    const filling = [1, 2, 3, 4, 5].map((i) => store.commit(insert('me', ...batch(i))))
    await expect(store.commit(insert('me', thing('over')))).rejects.toThrow(UnavailableError)
    await Promise.all(filling)
    await store.commit(insert('me', thing('later')))
    expect(await store.count(documents)).toBe(50_001)
  })

  test('a document that SQLite refuses costs no other commit anything', async () => {
    let deep: Record<string, unknown> = {}
    for (let depth = 0; depth < 1_100; depth++) deep = { deep }
    const outcomes = await Promise.allSettled([
      store.commit(insert('me', thing('a'))),
      store.commit(insert('me', { ...thing('deep'), bag: deep })),
      store.commit(insert('me', thing('b'))),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(outcomes[1]).not.toHaveProperty('reason.name', 'UnavailableError')
    expect(await store.getMany(documents, ['a', 'deep', 'b'])).toEqual([
      thing('a'),
      undefined,
      thing('b'),
    ])
  })

  test('commits the document as it was when commit was called', async () => {
    const mine = thing('mine', 'before')
    const committed = store.commit(insert('me', mine))
    mine.name = 'after'
    await committed
    expect(await store.get(documents, 'mine')).toEqual(thing('mine', 'before'))
  })

  test('closes behind the commits under way and is unavailable from then on', async () => {
    const under = Promise.all([1, 2, 3].map((i) => store.commit(insert('me', thing(i)))))
    await store.close()
    await under
    await expect(store.get(documents, '1')).rejects.toThrow(UnavailableError)
    await expect(store.commit(insert('me', thing('late')))).rejects.toThrow(UnavailableError)
    await expect(store.settleEvents(['late'])).rejects.toThrow(UnavailableError)
    await store.close()
    await store.open()
    expect(await store.count(documents)).toBe(3)
  })
})

describe('the queue', () => {
  const answers = `const { parentPort } = require('node:worker_threads')
    parentPort.on('message', (group) =>
      group ? parentPort.postMessage(group.map(() => undefined)) : parentPort.close())`
  const dies = `const { parentPort } = require('node:worker_threads')
    parentPort.on('message', () => { throw Error('Oh') })`

  test('outlives its thread: what was under way fails, what follows gets a new one', async () => {
    const scripts = [dies, answers]
    const start = () => new Worker(scripts.shift()!, { eval: true })
    const commits = new CommitQueue(start, systemClock)
    const failing = expect(commits.add(settleTask(['a']))).rejects.toThrow(UnavailableError)
    await failing
    await commits.add(settleTask(['b']))
    expect(scripts).toEqual([])
    await commits.close()
  })

  test('waits for an answer as long as the clock allows', async () => {
    let timeOut = () => {}
    const clock: Clock = {
      now: () => 0,
      after(_, task) {
        timeOut = task
        return () => {}
      },
    }
    const gate = new Int32Array(new SharedArrayBuffer(4))
    const script = `Atomics.wait(require('node:worker_threads').workerData, 0, 0); ${answers}`
    const start = () => new Worker(script, { eval: true, workerData: gate })
    const commits = new CommitQueue(start, clock)
    const first = expect(commits.add(settleTask(['a']))).rejects.toThrow(UnavailableError)
    await setImmediate()
    const second = expect(commits.add(settleTask(['b']))).rejects.toThrow(UnavailableError)
    timeOut()
    await Promise.all([first, second])
    const third = commits.add(settleTask(['c']))
    Atomics.store(gate, 0, 1)
    Atomics.notify(gate, 0)
    await third
    await commits.close()
  })
})
