/** What does it cost to pay an order? With a card that works, through the sandbox provider. */
import { randomUUID } from 'node:crypto'
import { takingTurns } from '../catalogue.ts'
import type { LoadQuestion } from '../question.ts'
import type { Customer } from '../shop.ts'
import { order } from './create-order.ts'

/** More than it takes. */
const PREPARE_S = 120

interface Unpaid {
  orderId: string
  customer: Customer
}

export const pay: LoadQuestion = {
  name: 'pay',
  title: 'pay an order',
  target: 1.2,
  operations({ catalogue, customers }) {
    const nextProduct = takingTurns(catalogue.products)
    const nextCustomer = takingTurns(customers)
    const unpaid: Unpaid[] = []
    return {
      async prepare(driver, count) {
        let left = count - unpaid.length
        const place = () => {
          const customer = nextCustomer()
          const served = ({ id }: { id: string }) => unpaid.push({ orderId: id, customer })
          return { ...order(nextProduct(), customer), served }
        }
        await driver.run(() => (left-- > 0 ? place() : undefined), PREPARE_S)
      },

      next() {
        const wanted = unpaid.pop()
        if (!wanted) return undefined
        const { orderId, customer } = wanted
        return {
          method: 'POST',
          path: `/orders/${orderId}/payments`,
          headers: { ...customer, 'idempotency-key': randomUUID() },
          body: { method: { type: 'card', token: 'tok_ok' } },
          status: 201,
          isRight: (reply) => reply.status === 'captured' && reply.orderId === orderId,
        }
      },
    }
  },
}
