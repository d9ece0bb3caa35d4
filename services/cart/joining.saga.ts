/** Takes a guest's cart through the steps of joining.actor.ts; may be repeated at any point. */
import type { Actors } from '../../mixins/actor/actor.ts'
import { ownCartId } from './cart.contract.ts'
import type { Absorption } from './cart.documents.ts'
import { absorb, join, leave } from './joining.actor.ts'

/** Other guests' carts of the same customer may come between. */
const MAX_ATTEMPTS = 5

/** Lines that an unfinished order holds are waited for: the sweeper comes back for them. */
export async function joinCarts(actors: Actors, cartId: string, customerId: string): Promise<void> {
  const own = ownCartId(customerId)
  if (cartId === own) return
  let emptied: Absorption | undefined
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    // Read anew each time: another run may have brought these lines in before the cart in the way.
    const guests = await actors.send(join, cartId, { cartId, customerId })
    if (guests.checkouts.length > 0 || guests.lines.length === 0) return
    const command = { cartId: own, customerId, from: cartId, basket: guests, emptied }
    const inTheWay = await actors.send(absorb, own, command)
    const absorbed = inTheWay?.cartId ?? cartId
    await actors.send(leave, absorbed, { cartId: absorbed })
    if (!inTheWay) return
    emptied = inTheWay
  }
}
