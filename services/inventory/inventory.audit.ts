/** Checks on live data: what looks wrong is read again before it is called a violation. */
import { type Clock, sleep } from '../../kernel/clock.ts'
import { readAll } from '../../mixins/store/pages.ts'
import type { Store } from '../../mixins/store/store.ts'
import { type Hold, holds, type Stock, stock } from './inventory.documents.ts'

const LOOKS = 4
const PAUSE_MS = 250

/** Violations, in words: `onHand = available + held`, and `held` is the sum of the open holds. */
export async function auditStock(store: Store, clock: Clock): Promise<string[]> {
  const heldBefore = await heldByLine(store)
  const suspects = new Set<string>()
  for await (const line of readAll(store, stock)) {
    if (wrong(line, heldBefore.get(line.id) ?? 0)) suspects.add(line.id)
    heldBefore.delete(line.id)
  }
  for (const orphan of heldBefore.keys()) suspects.add(orphan)
  let violations: string[] = []
  for (let look = 0; look < LOOKS && suspects.size > 0; look += 1) {
    if (look > 0) await sleep(clock, PAUSE_MS)
    violations = []
    for (const id of suspects) {
      const violation = await check(store, id)
      if (violation) violations.push(violation)
      else suspects.delete(id)
    }
  }
  return violations
}

async function check(store: Store, id: string): Promise<string | undefined> {
  const before = await store.get(stock, id)
  const held = (await heldByLine(store, id.slice(0, id.indexOf('/')))).get(id) ?? 0
  const line = await store.get(stock, id)
  if (before?.version !== line?.version) return `${id} changes too fast to be checked`
  if (!line) return held > 0 ? `${id} has holds of ${held} and no stock line` : undefined
  return wrong(line, held)
}

function wrong(line: Stock, openHolds: number): string | undefined {
  const { id, onHand, held, available } = line
  if (onHand !== available + held || onHand < 0 || held < 0 || available < 0) {
    return `${id}: onHand ${onHand}, available ${available}, held ${held}`
  }
  return held === openHolds ? undefined : `${id}: held ${held}, open holds ${openHolds}`
}

async function heldByLine(store: Store, warehouseId?: string): Promise<Map<string, number>> {
  const where = warehouseId ? { warehouseId } : {}
  const sums = new Map<string, number>()
  for await (const hold of readAll<Hold>(store, holds, where)) {
    if (hold.state !== 'held') continue
    for (const { productId, quantity } of hold.items) {
      const id = `${hold.warehouseId}/${productId}`
      sums.set(id, (sums.get(id) ?? 0) + quantity)
    }
  }
  return sums
}
