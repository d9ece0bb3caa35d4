/**
 * What follows from an order's state in other services: charge → claim → paid, and for a closed
 * order reverse and release. Every step is idempotent and the order remembers which are left, so
 * that any node may take it up again at any point.
 */
import { type Caller, call, type ParamsOf } from '../../kernel/contract.ts'
import { isRefusal, Refusal, type RefusalKind } from '../../kernel/errors.ts'
import type { Actors } from '../../mixins/actor/actor.ts'
import { holdGone, inventoryContract } from '../inventory/inventory.contract.ts'
import {
  cardDeclined,
  insufficientFunds,
  type Payment,
  paymentContract,
  paymentFailed,
} from '../payment/payment.contract.ts'
import * as decide from './order.actor.ts'
import type { orderContract } from './order.contract.ts'
import type { Effect, StoredOrder } from './order.documents.ts'
import { isPaying } from './order.states.ts'

const FAILURES: Record<string, RefusalKind> = {
  card_declined: cardDeclined,
  insufficient_funds: insufficientFunds,
  payment_failed: paymentFailed,
}

export type PayParams = ParamsOf<(typeof orderContract)['actions']['pay']>

export interface Pay {
  params: PayParams
  paymentId: string
  answerId: string
  deadlineMs: number | undefined
}

/** The answer to a paying request. @throws Refusal 402, 409, 502: remembered */
export async function payOrder(
  actors: Actors,
  caller: Caller,
  { params, paymentId, answerId, deadlineMs }: Pay,
): Promise<{ replayed: boolean; value: Payment }> {
  const { orderId, customerId, idempotency, method } = params
  const keyed = { orderId, customerId, idempotency, answerId }
  const command = { ...keyed, paymentId }
  const begun = await actors.send(decide.beginPayment, customerId, command, deadlineMs)
  const replayed = begun.repeat
  const charged = await call(caller, paymentContract.actions.charge, {
    customerId,
    paymentId,
    orderId,
    amount: begun.order.total,
    token: method.token,
  })
  const order = await endPayment(actors, caller, begun.order, paymentId, charged.status)
  const failure = FAILURES[charged.answer]
  if (failure) throw asReplay(failure('the payment was not made'), replayed)
  if (charged.answer === 'captured' && order.status !== 'paid' && order.status !== 'fulfilled') {
    if (!replayed) await actors.send(decide.refusePayment, customerId, keyed)
  }
  return { replayed, value: charged.payment }
}

function asReplay(refusal: Refusal, replayed: boolean): Refusal {
  if (!replayed) return refusal
  const { type, code, message, data } = refusal
  return new Refusal(type, code, message, { ...data, replayed })
}

/** Takes what became of the payment into the order; claims the stock before the order is paid. */
async function endPayment(
  actors: Actors,
  caller: Caller,
  order: StoredOrder,
  paymentId: string,
  status: 'processing' | 'captured' | 'failed',
): Promise<StoredOrder> {
  const { id: orderId, customerId } = order
  const known = order.payments.find(({ id }) => id === paymentId)
  if (status === 'processing' || known?.status !== 'processing') return order
  const claimed = status === 'captured' && (await claim(caller, order))
  const command = { orderId, customerId, paymentId, status, claimed }
  return actors.send(decide.endPayment, customerId, command)
}

/** False where a hold is gone: a cancellation came between and released it. */
async function claim(caller: Caller, order: StoredOrder): Promise<boolean> {
  try {
    await atEach(order, (hold) => call(caller, inventoryContract.actions.claim, hold))
    return true
  } catch (error) {
    if (isRefusal(error) && error.type === holdGone.code) return false
    throw error
  }
}

/** Does every step that is left, and expires what has run out. */
export async function resumeOrder(
  actors: Actors,
  caller: Caller,
  on: decide.OnOrder,
): Promise<StoredOrder> {
  let order = await actors.send(decide.expire, on.customerId, on)
  for (const { id: paymentId, status } of order.payments) {
    if (status !== 'processing') continue
    const settled = await call(caller, paymentContract.actions.settle, payment(order, paymentId))
    order = await endPayment(actors, caller, order, paymentId, settled.status)
  }
  if (order.todo.length > 0) return doSteps(actors, caller, order)
  if (isPaying(order)) return actors.send(decide.strikeOff, on.customerId, { ...on, done: [] })
  return actors.send(decide.expire, on.customerId, on)
}

/** Every step is tried; those that were not done stay, with a time for the next try. */
export async function doSteps(
  actors: Actors,
  caller: Caller,
  order: StoredOrder,
): Promise<StoredOrder> {
  const done: Effect[] = []
  const outcomes = await Promise.allSettled(
    order.todo.map(async (step) => {
      if (await STEPS[step](caller, order)) done.push(step)
    }),
  )
  const { id: orderId, customerId } = order
  const struck = await actors.send(decide.strikeOff, customerId, { orderId, customerId, done })
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed) throw failed.reason
  return struck
}

/** True when nothing is left of the step. */
const STEPS: Record<Effect, (caller: Caller, order: StoredOrder) => Promise<boolean>> = {
  async release(caller, order) {
    await atEach(order, (hold) => call(caller, inventoryContract.actions.release, hold))
    return true
  },

  async reverse(caller, order) {
    const open = order.payments.filter(({ status }) => status !== 'failed')
    const answers = await Promise.all(
      open.map(({ id }) => call(caller, paymentContract.actions.reverse, payment(order, id))),
    )
    return answers.every(({ settled }) => settled)
  },

  async ship(caller, order) {
    await atEach(order, (hold) => call(caller, inventoryContract.actions.ship, hold))
    return true
  },
}

function payment({ id: orderId, customerId, total: amount }: StoredOrder, paymentId: string) {
  return { customerId, paymentId, orderId, amount }
}

type Hold = { warehouseId: string; orderId: string; attempt: number }

function atEach(order: StoredOrder, act: (hold: Hold) => Promise<unknown>): Promise<unknown> {
  const { id: orderId, attempt } = order
  return Promise.all(
    order.allocations.map(({ warehouseId }) => act({ warehouseId, orderId, attempt })),
  )
}
