/**
 * Holds every line of an attempt at an order, over the warehouses that have it. Levels are read
 * without a lock: a warehouse that sells out in between refuses, and another look is taken.
 */
import { type Caller, call, type ParamsOf } from '../../kernel/contract.ts'
import { isRefusal } from '../../kernel/errors.ts'
import type { Store } from '../../mixins/store/store.ts'
import { allocate, type Shortage } from './allocation.ts'
import {
  type Allocation,
  holdConflict,
  inventoryContract,
  outOfStock,
} from './inventory.contract.ts'
import { holdId, holds, type Stock, stock } from './inventory.documents.ts'

const MAX_LOOKS = 8

type Request = ParamsOf<(typeof inventoryContract)['actions']['allocate']>

/** @throws Refusal `out_of_stock`: nothing is held; `hold_conflict`: something may be */
export async function allocateAndHold(
  store: Store,
  caller: Caller,
  request: Request,
): Promise<Allocation[]> {
  let shortages: Shortage[] = []
  for (let look = 0; look < MAX_LOOKS; look += 1) {
    const levels = await levelsFor(store, request)
    const plan = allocate(levels, request.items)
    if ('shortages' in plan) {
      const held = await alreadyHeld(store, request, levels)
      if (held.length > 0) return covering(held, request)
      throw outOfStock('not enough pieces are available', { items: plan.shortages })
    }
    const refused = await holdAll(caller, request, plan.allocations)
    if (!refused) return plan.allocations
    shortages = refused
  }
  throw outOfStock('not enough pieces are available', { items: shortages })
}

async function levelsFor(store: Store, { items, warehouseId }: Request): Promise<Stock[]> {
  return store.find(stock, {
    where: {
      productId: { in: items.map(({ productId }) => productId) },
      ...(warehouseId ? { warehouseId } : {}),
    },
    limit: 10_000,
  })
}

/** Undefined when all is held; the shortages when the first warehouse refused and nothing is. */
async function holdAll(
  caller: Caller,
  { orderId, attempt, customerId }: Request,
  allocations: readonly Allocation[],
): Promise<Shortage[] | undefined> {
  const tried: string[] = []
  for (const { warehouseId, items } of allocations) {
    tried.push(warehouseId)
    const hold = { orderId, attempt, customerId, warehouseId, items }
    try {
      await call(caller, inventoryContract.actions.hold, hold)
    } catch (error) {
      if (!isRefusal(error)) throw error
      const short = error.type === outOfStock.code
      if (short && tried.length === 1) return error.data.members?.items as Shortage[]
      throw holdConflict('part of the order is held', { warehouseIds: tried })
    }
  }
  return undefined
}

/** What an earlier run of the same attempt holds: it may be what makes the levels short. */
async function alreadyHeld(store: Store, { orderId, attempt }: Request, levels: readonly Stock[]) {
  const names = new Set(levels.map(({ warehouseId }) => warehouseId))
  const ids = [...names].map((warehouseId) => holdId(warehouseId, orderId, attempt))
  const found = await store.getMany(holds, ids)
  return found.filter((hold) => hold !== undefined)
}

function covering(held: readonly Allocation[], { items }: Request): Allocation[] {
  const left = new Map(items.map(({ productId, quantity }) => [productId, quantity]))
  for (const { productId, quantity } of held.flatMap((hold) => hold.items)) {
    left.set(productId, (left.get(productId) ?? 0) - quantity)
  }
  if ([...left.values()].every((quantity) => quantity === 0)) {
    return held.map(({ warehouseId, items }) => ({ warehouseId, items }))
  }
  const warehouseIds = held.map(({ warehouseId }) => warehouseId)
  throw holdConflict('part of the order is held', { warehouseIds })
}
