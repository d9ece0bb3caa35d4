/** Takes lines for an order by the steps of checkout.actor.ts; may be repeated at any point. */
import { type Caller, call } from '../../kernel/contract.ts'
import type { Actors } from '../../mixins/actor/actor.ts'
import type { Behaviour } from '../../mixins/actor/behaviour.ts'
import type { Store } from '../../mixins/store/store.ts'
import { catalogContract } from '../catalog/catalog.contract.ts'
import { orderContract } from '../order/order.contract.ts'
import { UNFINISHED_MS } from './cart.actor.ts'
import { cartNotFound, ownCartId } from './cart.contract.ts'
import { carts, type StoredCart } from './cart.documents.ts'
import { complete, type OfOrder, restore, take } from './checkout.actor.ts'
import { type Basket, type Line, type Product, soldOf } from './lines.ts'

interface Order extends OfOrder {
  customerId: string
}

/** What the catalog knows at the moment of the products of a basket. */
export async function productsIn(caller: Caller, { lines }: Basket): Promise<Product[]> {
  if (lines.length === 0) return []
  const productIds = lines.map(({ productId }) => productId)
  return (await call(caller, catalogContract.actions.getMany, { productIds })).products
}

export async function takeLines(
  { store, actors }: { store: Store; actors: Actors },
  caller: Caller,
  order: Order,
  deadlineMs: number | undefined,
): Promise<readonly Line[]> {
  for (const cartId of cartsOf(order)) {
    const cart = await store.get(carts, cartId)
    const sold = cart ? [...soldOf(cart, await productsIn(caller, cart)).keys()] : []
    const command = { ...order, cartId, makes: cartId === ownCartId(order.customerId), sold }
    const taken = await actors.send(take, cartId, command, deadlineMs)
    if ('lines' in taken) return taken.lines
  }
  throw cartNotFound('there is no such cart')
}

/** @param behaviour `complete` or `restore` */
export async function endCheckout(
  actors: Actors,
  behaviour: Behaviour<OfOrder, boolean>,
  order: Order,
): Promise<void> {
  const { orderId } = order
  for (const cartId of cartsOf(order)) {
    if (await actors.send(behaviour, cartId, { cartId, orderId })) return
  }
}

/** Under the id of a guest's cart that joined it, lines are taken from the customer's own. */
function cartsOf({ cartId, customerId }: Order): Set<string> {
  return new Set([cartId, ownCartId(customerId)])
}

/** Asks for the orders that are overdue what became of them. */
export async function settleCheckouts(
  actors: Actors,
  caller: Caller,
  { id: cartId, checkouts }: StoredCart,
  nowMs: number,
): Promise<void> {
  for (const { orderId, customerId, at } of checkouts) {
    if (at + UNFINISHED_MS > nowMs) continue
    const { placed } = await call(caller, orderContract.actions.settle, { orderId, customerId })
    if (placed) await actors.send(complete, cartId, { cartId, orderId })
    else await actors.send(restore, cartId, { cartId, orderId, at })
  }
}
