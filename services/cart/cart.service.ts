/**
 * Binds carts to the network. Calls the catalog for what a cart shows and `order.settle` for what
 * became of lines that an order took; sweeps what was interrupted and what has expired. Follows
 * `customer.erased`: the cart goes with its customer.
 */
import type { Service, ServiceSchema } from 'moleculer'
import type { Clock } from '../../kernel/clock.ts'
import { type Caller, call } from '../../kernel/contract.ts'
import { newId } from '../../kernel/ids.ts'
import type { Actors } from '../../mixins/actor/actor.ts'
import type { Behaviour } from '../../mixins/actor/behaviour.ts'
import { type CallContext, type Handlers, implement } from '../../mixins/service.ts'
import type { Store } from '../../mixins/store/store.ts'
import { startSweeper } from '../../mixins/sweeper.ts'
import { catalogContract, productNotFound } from '../catalog/catalog.contract.ts'
import * as decide from './cart.actor.ts'
import { type Cart, cartContract, cartNotFound, ownCartId } from './cart.contract.ts'
import { carts, type StoredCart } from './cart.documents.ts'
import { complete, restore } from './checkout.actor.ts'
import { endCheckout, productsIn, settleCheckouts, takeLines } from './checkout.saga.ts'
import { joinCarts } from './joining.saga.ts'
import { describeCart } from './lines.ts'

export interface CartDependencies {
  store: Store
  clock: Clock
  actors: Actors
}

export function cartService(dependencies: CartDependencies): ServiceSchema {
  const { clock, actors } = dependencies
  let stopSweepers = async () => {}
  return {
    ...implement(cartContract, handlers(dependencies), clock),
    channels: {
      async 'customer.erased'(event: { payload: { customerId: string } }) {
        const cartId = ownCartId(event.payload.customerId)
        await actors.send(decide.discard, cartId, { cartId })
      },
    },
    started(this: Service) {
      const onError = (error: unknown) => this.logger.warn('a cart was left as it is', error)
      const swept = { ...dependencies, collection: carts, onError }
      const finish = async (cart: StoredCart) => {
        await settleCheckouts(actors, this.broker, cart, clock.now())
        if (cart.joined !== undefined) await joinCarts(actors, cart.id, cart.joined)
      }
      const expire = ({ id }: StoredCart) => actors.send(decide.expire, id, { cartId: id })
      const stops = [
        startSweeper({ ...swept, handle: finish }),
        startSweeper({ ...swept, field: 'expiresAt', handle: expire }),
      ]
      stopSweepers = async () => {
        await Promise.all(stops.map((stop) => stop()))
      }
    },
    stopped: () => stopSweepers(),
  } as ServiceSchema
}

const done = { done: true } as const

interface Shopper {
  cartId?: string
  customerId?: string
  ifMatch?: number
}

/** The cart that a shopper means; undefined when a guest names none. */
async function visitOf(store: Store, shopper: Shopper): Promise<decide.Visit | undefined> {
  const { cartId, customerId, ifMatch } = shopper
  if (customerId === undefined) return cartId ? { cartId, makes: false, ifMatch } : undefined
  const own = { cartId: ownCartId(customerId), customerId, makes: true, ifMatch }
  if (cartId === undefined || cartId === own.cartId) return own
  const found = await store.get(carts, cartId)
  return found?.joined === customerId ? own : { cartId, customerId, makes: false, ifMatch }
}

async function existing(store: Store, shopper: Shopper): Promise<decide.Visit> {
  const visit = await visitOf(store, shopper)
  if (!visit) throw cartNotFound('no cart is named')
  return visit
}

function handlers(dependencies: CartDependencies): Handlers<typeof cartContract.actions> {
  const { store, clock, actors } = dependencies

  async function change<C extends decide.Visit>(
    behaviour: Behaviour<C, StoredCart>,
    command: C,
    context: CallContext,
  ): Promise<Cart> {
    const { deadline } = context.meta
    return show(context, await actors.send(behaviour, command.cartId, command, deadline))
  }

  async function show(caller: Caller, cart: StoredCart): Promise<Cart> {
    const expiresAt = cart.expiresAt ?? clock.now() + decide.CART_LIFE_MS
    return describeCart(cart, await productsIn(caller, cart), expiresAt)
  }

  return {
    async add({ productId, quantity, ...shopper }, context) {
      const asked = { productIds: [productId] }
      const [product] = (await call(context, catalogContract.actions.getMany, asked)).products
      if (product?.status !== 'active') throw productNotFound(`${productId} is not sold here`)
      const made = { cartId: newId('cart', clock.now()), makes: true }
      const visit = (await visitOf(store, shopper)) ?? made
      const { currency } = product.price
      return change(decide.add, { ...visit, productId, quantity, currency }, context)
    },
    async get(shopper, context) {
      const visit = await existing(store, shopper)
      const found = await store.get(carts, visit.cartId)
      return show(context, decide.opened(found, visit, clock.now()))
    },
    async setQuantity({ productId, quantity, ...shopper }, context) {
      const command = { ...(await existing(store, shopper)), productId, quantity }
      return change(decide.setQuantity, command, context)
    },
    async remove({ productId, ...shopper }, context) {
      const command = { ...(await existing(store, shopper)), productId, quantity: 0 }
      return change(decide.setQuantity, command, context)
    },
    async clear(shopper, context) {
      return change(decide.clear, await existing(store, shopper), context)
    },
    async merge({ cartId, customerId }) {
      await joinCarts(actors, cartId, customerId)
      return done
    },
    async checkout(order, context) {
      const lines = await takeLines(dependencies, context, order, context.meta.deadline)
      return { items: lines.map(({ productId, quantity }) => ({ productId, quantity })) }
    },
    async complete(order) {
      await endCheckout(actors, complete, order)
      return done
    },
    async restore(order) {
      await endCheckout(actors, restore, order)
      return done
    },
  }
}
