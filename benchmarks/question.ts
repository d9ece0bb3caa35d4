/** What a benchmark asks: one question a file, in questions/. */
import type { Driver, Operation } from './load.ts'
import type { Shop } from './shop.ts'

/** What does one operation cost, and how many are there in a second? */
export interface LoadQuestion {
  /** As `--only` takes it. */
  name: string
  title: string
  /** CPU seconds of the server per 1,000 operations; more is a miss. */
  target?: number
  operations(shop: Shop): Operations
}

export interface Operations {
  /** Makes what `count` operations need; not measured. */
  prepare?(driver: Driver, count: number): Promise<void>
  /** Undefined where what was prepared is used up. */
  next(): Operation | undefined
}

/** How large, how long: what is not an operation under load. */
export interface StateQuestion {
  name: string
  /** One round. */
  measure(shop: Shop): Promise<Reading[]>
}

export interface Reading {
  title: string
  value: number
  unit: string
  /** More is a miss. */
  target?: number
}
