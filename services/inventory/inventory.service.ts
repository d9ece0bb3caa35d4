/**
 * Binds inventory to the network. Stock lines are read from the store, which every commit reaches
 * before it is acknowledged; they are changed only by their warehouse's actor.
 */
import type { ServiceSchema } from 'moleculer'
import type { Clock } from '../../kernel/clock.ts'
import { type Caller, call } from '../../kernel/contract.ts'
import { isRefusal } from '../../kernel/errors.ts'
import { fingerprint } from '../../kernel/ids.ts'
import type { Actors } from '../../mixins/actor/actor.ts'
import { implement } from '../../mixins/service.ts'
import type { Store } from '../../mixins/store/store.ts'
import { startSweeper } from '../../mixins/sweeper.ts'
import { catalogContract } from '../catalog/catalog.contract.ts'
import { orderContract } from '../order/order.contract.ts'
import { allocateAndHold } from './holding.saga.ts'
import * as decide from './inventory.actor.ts'
import { auditStock } from './inventory.audit.ts'
import { inventoryContract, type StockLine, unknownProduct } from './inventory.contract.ts'
import {
  type Hold,
  holds,
  type Stock,
  stock,
  stockAnswers,
  stockId,
} from './inventory.documents.ts'

/** Behind the end of an order's hold: its own sweeper comes first. */
const GRACE_MS = 60_000

export interface InventoryDependencies {
  store: Store
  clock: Clock
  actors: Actors
}

export function inventoryService({ store, clock, actors }: InventoryDependencies): ServiceSchema {
  let stopSweepers: (() => Promise<void>)[] = []

  const schema = implement(
    inventoryContract,
    {
      async availability({ productId }, context) {
        const lines = await linesOf(store, productId)
        if (lines.length === 0) await requireProduct(context, productId)
        const open = lines.filter(({ available }) => available > 0)
        return {
          productId,
          available: open.reduce((total, { available }) => total + available, 0),
          warehouses: open.map(({ warehouseId, available }) => ({ warehouseId, available })),
        }
      },

      async get({ warehouseId, productId }) {
        const line = await store.get(stock, stockId(warehouseId, productId))
        if (!line) throw unknownProduct(`${productId} has no stock line in ${warehouseId}`)
        return lineView(line)
      },

      async set(params, context) {
        await requireProduct(context, params.productId)
        const { deadline } = context.meta
        return lineView(await actors.send(decide.set, params.warehouseId, params, deadline))
      },

      async adjust(params, context) {
        const { warehouseId, productId, idempotency } = params
        const answerId = `${warehouseId}/${fingerprint(productId, idempotency.key)}`
        const command = { ...params, answerId }
        return actors.send(decide.adjust, warehouseId, command, context.meta.deadline)
      },

      async importStock({ warehouseId, items }) {
        const settled = await Promise.allSettled(
          items.map((item) => actors.send(decide.set, warehouseId, { warehouseId, ...item })),
        )
        const errors = settled.flatMap((outcome, index) => {
          if (outcome.status === 'fulfilled') return []
          if (!isRefusal(outcome.reason)) throw outcome.reason
          return [{ productId: items[index]!.productId, message: outcome.reason.message }]
        })
        return { errors }
      },

      async allocate(params, context) {
        return { allocations: await allocateAndHold(store, context, params) }
      },

      hold: (params, { meta }) =>
        actors.send(decide.hold, params.warehouseId, params, meta.deadline),
      claim: (params) => actors.send(decide.claim, params.warehouseId, params),
      release: (params) => actors.send(decide.release, params.warehouseId, params),
      ship: (params) => actors.send(decide.ship, params.warehouseId, params),

      async changes({ after, limit }) {
        const lines = await store.find(stock, {
          where: { flippedAt: { gte: after?.at ?? 0 } },
          sort: [
            ['flippedAt', 1],
            ['id', 1],
          ],
          limit,
          ...(after ? { after: [after.at, after.id] } : {}),
        })
        const last = lines.at(-1)
        return {
          lines: lines.map(({ warehouseId, productId, available }) => ({
            warehouseId,
            productId,
            inStock: available > 0,
          })),
          next: last ? { at: last.flippedAt, id: last.id } : null,
        }
      },

      async audit() {
        return { violations: await auditStock(store, clock) }
      },
    },
    clock,
  )

  /** Keeps the hold while its order wants it; releases it once the order cannot. */
  async function checkHold(caller: Caller, hold: Hold): Promise<void> {
    const { warehouseId, orderId, attempt, customerId } = hold
    const question = { orderId, customerId, hold: { warehouseId, attempt } }
    const answer = await call(caller, orderContract.actions.settle, question)
    const name = { warehouseId, orderId, attempt }
    if (!answer.wanted) {
      await actors.send(decide.release, warehouseId, name)
      return
    }
    const dueAt = Math.max(answer.keepUntil, clock.now()) + GRACE_MS
    await actors.send(decide.keep, warehouseId, { ...name, dueAt })
  }

  return {
    ...schema,
    started() {
      const onError = (error: unknown) => this.logger.warn('a hold could not be settled', error)
      const options = { store, clock, onError }
      stopSweepers = [
        startSweeper({
          ...options,
          collection: holds,
          handle: (hold) => checkHold(this.broker as Caller, hold),
        }),
        startSweeper({
          ...options,
          collection: stockAnswers,
          handle: ({ id, version, warehouseId }) =>
            store.commit({
              key: warehouseId,
              writes: [{ op: 'remove', collection: stockAnswers, id, ifVersion: version }],
            }),
        }),
      ]
    },
    async stopped() {
      await Promise.all(stopSweepers.map((stop) => stop()))
    },
  }
}

async function requireProduct(caller: Caller, productId: string): Promise<void> {
  const request = { productIds: [productId] }
  const { products } = await call(caller, catalogContract.actions.getMany, request)
  if (products.length === 0) throw unknownProduct('there is no such product')
}

function linesOf(store: Store, productId: string): Promise<Stock[]> {
  return store.find(stock, {
    where: { productId },
    sort: [['warehouseId', 1]],
    limit: 1_000,
  })
}

function lineView({ warehouseId, productId, onHand, held, available, version }: Stock): StockLine {
  return { warehouseId, productId, onHand, held, available, version }
}
