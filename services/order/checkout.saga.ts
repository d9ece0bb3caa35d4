/**
 * Placing an order: cart lines → prices → hold → order, each step with its undo. Nothing is written
 * for the order before its stock is held; a crash in between leaves holds and cart lines that their
 * own sweepers give back once the order actor has told them that the attempt is dead.
 */
import { type Caller, call, type ParamsOf } from '../../kernel/contract.ts'
import { isRefusal, Refusal, unavailable } from '../../kernel/errors.ts'
import { sum, times } from '../../kernel/money.ts'
import type { Actors } from '../../mixins/actor/actor.ts'
import type { Behaviour } from '../../mixins/actor/behaviour.ts'
import { cartContract } from '../cart/cart.contract.ts'
import { catalogContract } from '../catalog/catalog.contract.ts'
import {
  type Allocation,
  holdConflict,
  inventoryContract,
} from '../inventory/inventory.contract.ts'
import { mixedCurrencies, type orderContract, productUnavailable } from './order.contract.ts'
import type { OrderLine, StoredOrder } from './order.documents.ts'
import * as placing from './placing.actor.ts'

/** An attempt is given up only when another one of the same order came between. */
const MAX_ATTEMPTS = 5

export interface Placed {
  order: StoredOrder
  replayed: boolean
}

interface Wanted {
  productId: string
  quantity: number
}

export type PlaceParams = ParamsOf<(typeof orderContract)['actions']['place']>

/** One checkout; `caller` and `deadlineMs` are the request's. */
export class Checkout {
  private readonly orderId: string
  private readonly params: PlaceParams
  private readonly actors: Actors
  private readonly caller: Caller
  private readonly deadlineMs: number | undefined
  private readonly holdMs: number

  constructor(
    orderId: string,
    params: PlaceParams,
    options: { actors: Actors; caller: Caller; deadlineMs: number | undefined; holdMs: number },
  ) {
    this.orderId = orderId
    this.params = params
    this.actors = options.actors
    this.caller = options.caller
    this.deadlineMs = options.deadlineMs
    this.holdMs = options.holdMs
  }

  async run(): Promise<Placed> {
    const opened = await this.send(placing.open, this.on)
    if (opened.state === 'placed') return { order: opened.order, replayed: true }
    try {
      const wanted = await this.takeLines()
      const placed = await this.place(wanted, opened.attempt)
      await this.completeCart()
      return placed
    } catch (error) {
      if (!isRefusal(error)) throw error
      const standing = await this.refuse(error)
      return { order: standing, replayed: true }
    }
  }

  private async place(wanted: Wanted[], firstAttempt: number): Promise<Placed> {
    const { customerId, idempotency, cartId, shippingAddress } = this.params
    const items = await this.price(wanted)
    const currency = items[0]!.unitPrice.currency
    const total = sum(
      items.map((item) => item.lineTotal),
      currency,
    )
    let attempt = firstAttempt
    for (let tries = 0; tries < MAX_ATTEMPTS; tries += 1) {
      const allocations = await this.hold(wanted, attempt)
      if (!allocations) {
        attempt = await this.giveUp(attempt)
        continue
      }
      const draft: placing.Draft = {
        id: this.orderId,
        customerId,
        fingerprint: idempotency.fingerprint,
        attempt,
        items,
        total,
        allocations,
        ...(cartId ? { cartId } : {}),
        ...(shippingAddress ? { shippingAddress } : {}),
      }
      const placed = await this.send(placing.place, { draft, holdMs: this.holdMs })
      if (placed.state === 'placed') {
        if (!placed.created) await this.releaseBesides(placed.order, attempt, allocations)
        return { order: placed.order, replayed: !placed.created }
      }
      await this.release(attempt, allocations)
      attempt = placed.attempt
    }
    throw unavailable('the same order is being placed elsewhere')
  }

  /** The order's lines, one a product; taken out of the cart where one is named. */
  private async takeLines(): Promise<Wanted[]> {
    if (!this.cart) return merged(this.params.items ?? [])
    return (await call(this.caller, cartContract.actions.checkout, this.cart)).items
  }

  private async completeCart(): Promise<void> {
    if (!this.cart) return
    // A failure is left to the cart's sweeper: the order stands.
    await call(this.caller, cartContract.actions.complete, this.cart).catch(() => {})
  }

  private async price(wanted: Wanted[]): Promise<OrderLine[]> {
    const productIds = wanted.map(({ productId }) => productId)
    const { products } = await call(this.caller, catalogContract.actions.getMany, { productIds })
    const byId = new Map(products.map((product) => [product.id, product]))
    const lines = wanted.map(({ productId, quantity }) => {
      const product = byId.get(productId)
      if (product?.status !== 'active') throw productUnavailable(`${productId} cannot be ordered`)
      const { sku, name, price: unitPrice } = product
      return { productId, sku, name, quantity, unitPrice, lineTotal: times(unitPrice, quantity) }
    })
    const currencies = new Set(lines.map(({ unitPrice }) => unitPrice.currency))
    if (currencies.size > 1) throw mixedCurrencies(`prices are in ${[...currencies].join(', ')}`)
    return lines
  }

  /** Undefined: part of it may be held, and the attempt must be given up. */
  private async hold(items: Wanted[], attempt: number): Promise<Allocation[] | undefined> {
    const { customerId, warehouseId } = this.params
    const hold = { orderId: this.orderId, attempt, customerId, items }
    const request = warehouseId ? { ...hold, warehouseId } : hold
    try {
      return (await call(this.caller, inventoryContract.actions.allocate, request)).allocations
    } catch (error) {
      if (!isRefusal(error) || error.type !== holdConflict.code) throw error
      this.conflicting = (error.data.members?.warehouseIds ?? []) as string[]
      return undefined
    }
  }

  private conflicting: string[] = []

  private async giveUp(attempt: number): Promise<number> {
    const next = await this.send(placing.abandon, { ...this.on, attempt })
    const allocations = this.conflicting.map((warehouseId) => ({ warehouseId }))
    await this.release(attempt, allocations)
    return next?.version ?? 0
  }

  /** Another request placed the order: what only this one holds is not its. */
  private async releaseBesides(order: StoredOrder, attempt: number, own: Allocation[]) {
    const kept = order.attempt === attempt ? order.allocations : []
    const names = new Set(kept.map(({ warehouseId }) => warehouseId))
    await this.release(
      attempt,
      own.filter(({ warehouseId }) => !names.has(warehouseId)),
    )
  }

  private async release(attempt: number, at: readonly { warehouseId: string }[]): Promise<void> {
    const { orderId } = this
    for (const { warehouseId } of at) {
      const hold = { orderId, attempt, warehouseId }
      await call(this.caller, inventoryContract.actions.release, hold)
    }
  }

  /**
   * A conflict (409) uses the key up: it is remembered, and no attempt can succeed any more.
   * Anything else that was refused may be tried again with the same key. The cart gets its lines
   * back.
   *
   * @returns the order, if another request with the key placed it meanwhile
   */
  private async refuse(refused: Refusal): Promise<StoredOrder> {
    const { type, code, message, data } = refused
    const refusal = new Refusal(type, code, message, data)
    if (code === 409) {
      try {
        return await this.send(placing.refuse, { ...this.on, refusal })
      } catch (error) {
        if (isRefusal(error) && error.code === 409) await this.restoreCart()
        throw error
      }
    }
    if (this.cart && code === 422) {
      const { placed } = await this.send(placing.settle, this.on)
      if (!placed) await this.restoreCart()
    }
    throw refusal
  }

  private async restoreCart(): Promise<void> {
    if (!this.cart) return
    // A failure is left to the cart's sweeper, which finds the attempt dead.
    await call(this.caller, cartContract.actions.restore, this.cart).catch(() => {})
  }

  private get on() {
    const { customerId, idempotency } = this.params
    return { orderId: this.orderId, customerId, fingerprint: idempotency.fingerprint }
  }

  private get cart() {
    const { cartId, customerId } = this.params
    return cartId ? { cartId, customerId, orderId: this.orderId } : undefined
  }

  private send<C, R>(behaviour: Behaviour<C, R>, command: C): Promise<R> {
    return this.actors.send(behaviour, this.params.customerId, command, this.deadlineMs)
  }
}

/** Two lines of one product count together. */
function merged(lines: readonly Wanted[]): Wanted[] {
  const quantities = new Map<string, number>()
  for (const { productId, quantity } of lines) {
    quantities.set(productId, (quantities.get(productId) ?? 0) + quantity)
  }
  return [...quantities].map(([productId, quantity]) => ({ productId, quantity }))
}
