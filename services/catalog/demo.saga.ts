/**
 * Fills an empty store with the demo catalogue. A mark says how far it has come: what a crash
 * interrupted is done again, and a store with products of its own is left alone.
 */
import type { Clock } from '../../kernel/clock.ts'
import type { Caller } from '../../kernel/contract.ts'
import { type Commit, ConflictError, type Store } from '../../mixins/store/store.ts'
import { categories, type DemoMark, demoMarks, products } from './catalog.documents.ts'
import { type DemoCategory, demoCatalogue } from './demo.ts'
import { importLines } from './import.saga.ts'
import { commitOf, nameCategory } from './writing.ts'

const FILLING: DemoMark = { id: 'demo', version: 1, state: 'filling' }
const FILLED: DemoMark = { id: 'demo', version: 2, state: 'filled' }
const BATCH = 100

/** @throws whatever the store or inventory throws; may be called again */
export async function fillWithDemo(store: Store, clock: Clock, caller: Caller): Promise<void> {
  const mark = await store.get(demoMarks, FILLING.id)
  if (mark?.state === 'filled') return
  if (!mark) {
    const [present] = await store.find(products, { limit: 1 })
    if (present) return
    await commitUnlessDone(store, commitOf(FILLING.id, demoMarks, FILLING, undefined))
  }
  const demo = demoCatalogue()
  const makes = demo.categories.map((each) => makeCategory(each, clock.now()))
  await Promise.all(makes.map((commit) => commitUnlessDone(store, commit)))
  for (let start = 0; start < demo.lines.length; start += BATCH) {
    const batch = demo.lines.slice(start, start + BATCH)
    const lines = batch.map((product, index) => ({ line: start + index + 1, product }))
    await importLines(store, clock, caller, lines)
  }
  await commitUnlessDone(store, commitOf(FILLING.id, demoMarks, FILLED, FILLING))
}

function makeCategory({ id, name, parentId }: DemoCategory, nowMs: number): Commit {
  const category = { ...nameCategory(id, name, undefined, nowMs), parentId }
  return commitOf(id, categories, category, undefined)
}

/** Another node that fills the same store may be ahead. */
async function commitUnlessDone(store: Store, commit: Commit): Promise<void> {
  try {
    await store.commit(commit)
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error
  }
}
