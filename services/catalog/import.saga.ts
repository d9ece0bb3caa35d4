/**
 * Imports a batch of lines: the products first, then the stock of those that went in. A repeat
 * finds what the first one wrote and changes nothing.
 */

import type { Clock } from '../../kernel/clock.ts'
import { type Caller, call, type ParamsOf, type ResultOf } from '../../kernel/contract.ts'
import type { Store } from '../../mixins/store/store.ts'
import { inventoryContract } from '../inventory/inventory.contract.ts'
import type { catalogContract, ImportLine } from './catalog.contract.ts'
import { readLine, wishOf } from './import.line.ts'
import { writeProducts } from './writing.saga.ts'

type ImportBatch = (typeof catalogContract)['actions']['importBatch']
type Lines = ParamsOf<ImportBatch>['lines']

export interface Imported {
  result: ResultOf<ImportBatch>
  /** The products that were written. */
  productIds: string[]
}

interface Taken {
  line: number
  isNew: boolean
  productId: string
  stock: ImportLine['stock']
}

/**
 * @throws whatever the call of inventory throws: the products are in then, their stock may not be
 */
export async function importLines(
  store: Store,
  clock: Clock,
  caller: Caller,
  lines: Lines,
): Promise<Imported> {
  const mistakes = new Map<number, string>()
  const read: { line: number; product: ImportLine }[] = []
  for (const { line, product } of lines) {
    const checked = readLine(product)
    if ('mistake' in checked) mistakes.set(line, checked.mistake)
    else read.push({ line, product: checked })
  }
  const outcomes = await writeProducts(
    store,
    clock,
    read.map(({ product }) => wishOf(product)),
  )
  const taken: Taken[] = []
  const written = new Set<string>()
  for (const [index, outcome] of outcomes.entries()) {
    const { line, product } = read[index]!
    if (outcome.state === 'refused') {
      mistakes.set(line, outcome.refusal.message)
      continue
    }
    const productId = outcome.product.id
    taken.push({ line, isNew: outcome.state === 'made', productId, stock: product.stock })
    if (outcome.state !== 'unchanged') written.add(productId)
  }
  for (const { line, message } of await importStock(caller, taken)) mistakes.set(line, message)
  const whole = taken.filter(({ line }) => !mistakes.has(line))
  const imported = whole.filter(({ isNew }) => isNew).length
  const errors = [...mistakes].map(([line, message]) => ({ line, message }))
  errors.sort((a, b) => a.line - b.line)
  return {
    result: { imported, updated: whole.length - imported, errors },
    productIds: [...written],
  }
}

async function importStock(
  caller: Caller,
  taken: readonly Taken[],
): Promise<{ line: number; message: string }[]> {
  const calls = stockByWarehouse(taken).map(async ([warehouseId, lines]) => {
    const items = [...lines].map(([productId, { onHand }]) => ({ productId, onHand }))
    const { errors } = await call(caller, inventoryContract.actions.importStock, {
      warehouseId,
      items,
    })
    return errors.map(({ productId, message }) => ({
      line: lines.get(productId)!.line,
      message: `stock.${warehouseId}: ${message}`,
    }))
  })
  return (await Promise.all(calls)).flat()
}

type StockLines = Map<string, { line: number; onHand: number }>

/** Of two lines about one product the later one stands. */
function stockByWarehouse(taken: readonly Taken[]): [warehouseId: string, lines: StockLines][] {
  const warehouses = new Map<string, StockLines>()
  for (const { line, productId, stock = {} } of taken) {
    for (const [warehouseId, onHand] of Object.entries(stock)) {
      const lines = warehouses.get(warehouseId) ?? new Map()
      warehouses.set(warehouseId, lines.set(productId, { line, onHand }))
    }
  }
  return [...warehouses]
}
