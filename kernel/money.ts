/** Money: integer minor units of an ISO 4217 currency. */
import Type from 'typebox'

/** 9 quadrillion would pass as a safe integer; a total of 100 lines of 999 pieces must too. */
export const MAX_AMOUNT_MINOR = 9_000_000_000

export const AmountMinor = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

export const Money = Type.Object(
  {
    amount: AmountMinor,
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
  },
  { additionalProperties: false, title: 'Money', description: 'Integer minor units, ISO 4217' },
)
export type Money = Type.Static<typeof Money>

/** A price of one piece: bounded so that every order's total stays a safe integer. */
export const Price = Type.Object(
  {
    amount: Type.Integer({ minimum: 0, maximum: MAX_AMOUNT_MINOR }),
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
  },
  { additionalProperties: false, title: 'Price', description: 'Integer minor units, ISO 4217' },
)

export function times(price: Money, quantity: number): Money {
  return { amount: price.amount * quantity, currency: price.currency }
}

/** The sum of `amounts`, which must bear one currency. */
export function sum(amounts: readonly Money[], currency: string): Money {
  let amount = 0
  for (const money of amounts) {
    if (money.currency !== currency) {
      throw new RangeError(`cannot add ${money.currency} to ${currency}`)
    }
    amount += money.amount
  }
  return { amount, currency }
}
