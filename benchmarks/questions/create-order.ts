/**
 * What does an order cost, where all want something else, and where all want the same product? One
 * line of one piece each, by 16 customers.
 */
import { randomUUID } from 'node:crypto'
import { type Product, takingTurns } from '../catalogue.ts'
import type { Operation } from '../load.ts'
import type { LoadQuestion, Operations } from '../question.ts'
import type { Customer } from '../shop.ts'

export const createOrder: LoadQuestion = {
  name: 'create-order',
  title: 'create an order, spread over all products',
  target: 0.8,
  operations: ({ catalogue, customers }) => ordering(catalogue.products, customers),
}

export const createOrderOfOne: LoadQuestion = {
  name: 'create-order-of-one',
  title: 'create an order, all of one product',
  target: 0.8,
  operations: ({ catalogue, customers }) => ordering(catalogue.products.slice(0, 1), customers),
}

function ordering(products: readonly Product[], customers: readonly Customer[]): Operations {
  const product = takingTurns(products)
  const customer = takingTurns(customers)
  return { next: () => order(product(), customer()) }
}

export function order({ id: productId }: Product, customer: Customer): Operation {
  return {
    method: 'POST',
    path: '/orders',
    headers: { ...customer, 'idempotency-key': randomUUID() },
    body: { items: [{ productId, quantity: 1 }] },
    status: 201,
    isRight: ({ status, items }) =>
      status === 'awaiting_payment' && items[0].productId === productId,
  }
}
