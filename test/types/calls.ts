/**
 * Wrong calls that must not compile. `tsc` checks this file with the rest: a planted mistake that
 * does compile makes its `@ts-expect-error` an error.
 */

import Type from 'typebox'
import type { Clock } from '../../kernel/clock.ts'
import { action, type Caller, call, contract, object } from '../../kernel/contract.ts'
import type { Actors } from '../../mixins/actor/actor.ts'
import { behaviour } from '../../mixins/actor/behaviour.ts'
import { implement } from '../../mixins/service.ts'
import { catalogContract } from '../../services/catalog/catalog.contract.ts'
import { inventoryContract } from '../../services/inventory/inventory.contract.ts'
import { orderContract } from '../../services/order/order.contract.ts'

declare const caller: Caller
declare const clock: Clock
declare const actors: Actors

export async function rightCalls(): Promise<number> {
  const { products } = await call(caller, catalogContract.actions.getMany, { productIds: ['a'] })
  return products[0]?.price.amount ?? 0
}

export async function wrongParameters(): Promise<void> {
  // @ts-expect-error an action that the contract does not have
  await call(caller, catalogContract.actions.getEvery, {})
  // @ts-expect-error a parameter is missing
  await call(caller, catalogContract.actions.getMany, {})
  // @ts-expect-error a parameter of another type
  await call(caller, catalogContract.actions.getMany, { productIds: 'a' })
  // @ts-expect-error a parameter that the action does not take
  await call(caller, catalogContract.actions.getMany, { productIds: ['a'], limit: 1 })
  const hold = { warehouseId: 'AMS', orderId: 'ord_1' }
  // @ts-expect-error the attempt is missing
  await call(caller, inventoryContract.actions.release, hold)
  // @ts-expect-error the name of an action instead of its contract
  await call(caller, 'order.place', {})
}

export async function wrongResults(): Promise<void> {
  const order = await call(caller, orderContract.actions.get, { customerId: 'c', orderId: 'o' })
  // @ts-expect-error a field that the result does not have
  order.paidAt
  // @ts-expect-error a status that an order cannot have
  order.status = 'lost'
}

const counter = contract('counter', 1, {
  add: action({
    params: object({ by: Type.Integer() }),
    result: object({ total: Type.Integer() }),
    idempotent: false,
    // @ts-expect-error the shard key is not a parameter
    key: 'counterId',
  }),
})

const good = contract('counter', 1, {
  add: action({
    params: object({ by: Type.Integer() }),
    result: object({ total: Type.Integer() }),
    idempotent: false,
  }),
})

export const unimplemented = [
  // @ts-expect-error an action has no handler
  implement(good, {}, clock),
  // @ts-expect-error a handler answers something else
  implement(good, { add: () => ({ sum: 1 }) }, clock),
  // @ts-expect-error a handler of an action that does not exist
  implement(good, { add: () => ({ total: 1 }), subtract: () => ({ total: 1 }) }, clock),
]

const double = behaviour<{ amount: number }, number>({
  reads: () => [],
  decide: ({ amount }) => ({ reply: amount * 2 }),
})

export function wrongCommand(): void {
  // @ts-expect-error a command of another form
  void actors.send(double, 'key', { amount: 'two' })
}

export { counter }
