/**
 * Binds orders to the network: places and pays them, takes up again what was left unfinished, and
 * notes on an order's timeline what other services did for it.
 */
import type { Service, ServiceSchema } from 'moleculer'
import type { Clock } from '../../kernel/clock.ts'
import { rfc3339 } from '../../kernel/clock.ts'
import { type Caller, call } from '../../kernel/contract.ts'
import { derivedId, fingerprint } from '../../kernel/ids.ts'
import type { Actors } from '../../mixins/actor/actor.ts'
import { implement } from '../../mixins/service.ts'
import { decodeCursor, encodeCursor } from '../../mixins/store/cursor.ts'
import { readAll } from '../../mixins/store/pages.ts'
import type { Query, Store } from '../../mixins/store/store.ts'
import { startSweeper } from '../../mixins/sweeper.ts'
import { paymentContract } from '../payment/payment.contract.ts'
import { Checkout } from './checkout.saga.ts'
import * as decide from './order.actor.ts'
import { auditOrders } from './order.audit.ts'
import { orderContract, orderNotFound } from './order.contract.ts'
import { isPlaced, type OrderDocument, orders, type StoredOrder } from './order.documents.ts'
import { adminView, orderView, placedView } from './order.view.ts'
import { doSteps, payOrder, resumeOrder } from './payment.saga.ts'
import { settle } from './placing.actor.ts'

export interface OrderDependencies {
  store: Store
  clock: Clock
  actors: Actors
  /** How long stock is held for an order that is not paid. */
  reservationTtlMs: number
}

interface Listing {
  customerId?: string
  status?: StoredOrder['status']
  limit: number
  cursor?: string
}

export function orderService(dependencies: OrderDependencies): ServiceSchema {
  const { store, clock, actors, reservationTtlMs } = dependencies
  let stopSweeper = async () => {}

  async function owned(orderId: string, customerId: string): Promise<StoredOrder> {
    const found = await existing(orderId)
    if (found.customerId !== customerId) throw orderNotFound('there is no such order')
    return found
  }

  async function existing(orderId: string): Promise<StoredOrder> {
    const found = await store.get(orders, orderId)
    if (!isPlaced(found)) throw orderNotFound('there is no such order')
    return found
  }

  async function list({ customerId, status, limit, cursor }: Listing) {
    const after = cursor === undefined ? undefined : decodeCursor(cursor, ['number', 'string'])
    const query: Query = {
      where: {
        ...(customerId ? { customerId } : {}),
        ...(status ? { status } : {}),
        createdAt: { gt: 0 },
      },
      sort: [
        ['createdAt', -1],
        ['id', -1],
      ],
      limit: limit + 1,
      ...(after ? { after } : {}),
    }
    const found = (await store.find(orders, query)) as StoredOrder[]
    const page = found.slice(0, limit)
    const last = page.at(-1)
    const more = found.length > limit && last
    return { page, nextCursor: more ? encodeCursor([last.createdAt, last.id]) : null }
  }

  const schema = implement(
    orderContract,
    {
      async place(params, context) {
        const orderId = derivedId('ord', params.customerId, 'place', params.idempotency.key)
        const deadlineMs = context.meta.deadline
        const options = { actors, caller: context as Caller, deadlineMs, holdMs: reservationTtlMs }
        const { order, replayed } = await new Checkout(orderId, params, options).run()
        return { replayed, value: placedView(order) }
      },

      async get({ orderId, customerId }) {
        return orderView(await owned(orderId, customerId))
      },

      async list(params) {
        const { page, nextCursor } = await list(params)
        return { items: page.map(orderView), nextCursor }
      },

      async listAll(params) {
        const { page, nextCursor } = await list(params)
        return { items: page.map(adminView), nextCursor }
      },

      async timeline({ orderId, customerId }) {
        const { timeline } = await owned(orderId, customerId)
        const items = timeline.map(({ at, from, to, cause }) => {
          return { at: rfc3339(at), from, to, cause }
        })
        return { items }
      },

      async payments(mine, context) {
        await owned(mine.orderId, mine.customerId)
        return call(context, paymentContract.actions.listForOrder, mine)
      },

      async pay(params, context) {
        const { orderId, idempotency } = params
        const paymentId = derivedId('pay', orderId, idempotency.key)
        const answerId = fingerprint(orderId, 'pay', idempotency.key)
        const deadlineMs = context.meta.deadline
        return payOrder(actors, context as Caller, { params, paymentId, answerId, deadlineMs })
      },

      async cancel(params, context) {
        const answerId = fingerprint(params.orderId, 'cancel', params.idempotency.key)
        const command = { ...params, answerId }
        const deadlineMs = context.meta.deadline
        const decided = await actors.send(decide.cancel, params.customerId, command, deadlineMs)
        await finish(context as Caller, decided.order)
        return { replayed: decided.replayed, value: decided.value }
      },

      async fulfil({ orderId, idempotency }, context) {
        const { customerId } = await existing(orderId)
        const answerId = fingerprint(orderId, 'fulfil', idempotency.key)
        const command = { orderId, customerId, idempotency, answerId }
        const decided = await actors.send(decide.fulfil, customerId, command, context.meta.deadline)
        await finish(context as Caller, decided.order)
        return { replayed: decided.replayed, value: { ...decided.value, customerId } }
      },

      async resume(on, context) {
        await resumeOrder(actors, context as Caller, on)
        return { done: true as const }
      },

      settle: (params) => actors.send(settle, params.customerId, params),

      async audit(_params, context) {
        return { violations: await auditOrders(store, context as Caller, clock) }
      },
    },
    clock,
  )

  let onError: (error: unknown) => void = () => {}

  /** The answer stands whatever becomes of the steps now: the sweeper takes up what is left. */
  async function finish(caller: Caller, order: StoredOrder): Promise<void> {
    if (order.todo.length > 0) await doSteps(actors, caller, order).catch((error) => onError(error))
  }

  async function forgetAddresses(customerId: string): Promise<void> {
    for await (const order of readAll<OrderDocument>(store, orders, { customerId })) {
      if (!isPlaced(order)) continue
      await actors.send(decide.forgetAddress, customerId, { orderId: order.id, customerId })
    }
  }

  return {
    ...schema,
    channels: {
      async 'payment.settled'(this: Service, event: { payload: decide.OnOrder }) {
        const { orderId, customerId } = event.payload
        await call(this.broker as Caller, orderContract.actions.resume, { orderId, customerId })
      },

      async 'payment.refunded'(event: { payload: RefundedPayload }) {
        const { orderId, customerId, refundId, amount } = event.payload
        const text = `${amount.amount} ${amount.currency} (minor units)`
        const note = { orderId, customerId, refundId, amount: text }
        await actors.send(decide.noteRefund, customerId, note)
      },

      async 'customer.erased'(event: { payload: { customerId: string } }) {
        await forgetAddresses(event.payload.customerId)
      },
    },
    started() {
      onError = (error) => this.logger.warn('an order could not be taken further yet', error)
      stopSweeper = startSweeper({
        store,
        clock,
        collection: orders,
        handle: ({ id: orderId, customerId }) =>
          call(this.broker as Caller, orderContract.actions.resume, { orderId, customerId }),
        onError,
      })
    },
    async stopped() {
      await stopSweeper()
    },
  } as ServiceSchema
}

interface RefundedPayload extends decide.OnOrder {
  refundId: string
  amount: { amount: number; currency: string }
}
