/**
 * What a warehouse decides. Every command is idempotent: a hold by its order and attempt, an
 * adjustment by its key, the rest by the state that it leads to.
 */
import { ANSWER_KEPT_MS, type Idempotency } from '../../kernel/contract.ts'
import {
  keyReused,
  recalled,
  remembered,
  validationFailed,
  versionMismatch,
} from '../../kernel/errors.ts'
import { behaviour, type Put, put, type Read, type Ref, ref } from '../../mixins/actor/behaviour.ts'
import {
  belowHeld,
  holdConflict,
  holdGone,
  MAX_PIECES,
  outOfStock,
  unknownProduct,
} from './inventory.contract.ts'
import {
  type Hold,
  holdId,
  holds,
  type Stock,
  type StockAnswer,
  stock,
  stockAnswers,
  stockId,
} from './inventory.documents.ts'

/** A new hold's order is asked for soon: the node that placed it may have died before the order. */
const FIRST_CHECK_MS = 60_000

interface Line {
  warehouseId: string
  productId: string
}

export interface HoldName {
  warehouseId: string
  orderId: string
  attempt: number
}

function lineRef({ warehouseId, productId }: Line): Ref<Stock> {
  return ref(stock, stockId(warehouseId, productId))
}

function holdRef({ warehouseId, orderId, attempt }: HoldName): Ref<Hold> {
  return ref(holds, holdId(warehouseId, orderId, attempt))
}

/** The line after `change`, or a new one; conserves `onHand = available + held`. */
function changed(
  line: Stock | undefined,
  { warehouseId, productId }: Line,
  change: { onHand: number; held: number },
  now: number,
): Stock {
  const onHand = (line?.onHand ?? 0) + change.onHand
  const held = (line?.held ?? 0) + change.held
  const available = onHand - held
  const flipped = available > 0 !== (line?.available ?? 0) > 0
  return {
    id: stockId(warehouseId, productId),
    version: (line?.version ?? 0) + 1,
    warehouseId,
    productId,
    onHand,
    held,
    available,
    flippedAt: flipped || !line ? now : line.flippedAt,
  }
}

function changeLines(hold: Hold, read: Read, sign: { onHand: number; held: number }, now: number) {
  return hold.items.map(({ productId, quantity }): Put => {
    const line = { warehouseId: hold.warehouseId, productId }
    const before = read(stock, stockId(line.warehouseId, productId))
    const change = { onHand: sign.onHand * quantity, held: sign.held * quantity }
    return put(stock, changed(before, line, change, now))
  })
}

/** The hold and the stock lines that it touches. */
function readsOfHold(command: HoldName, read: Read): Ref[] {
  const own = holdRef(command)
  const found = read(holds, own.id)
  return [own, ...(found?.items ?? []).map((item) => lineRef({ ...command, ...item }))]
}

function sameItems(a: Hold['items'], b: Hold['items']): boolean {
  return a.length === b.length && a.every((item, i) => sameItem(item, b[i]!))
}

function sameItem(a: Hold['items'][number], b: Hold['items'][number]): boolean {
  return a.productId === b.productId && a.quantity === b.quantity
}

const done = { done: true } as const

export interface SetOnHand extends Line {
  onHand: number
  ifMatch?: number
}

export const set = behaviour({
  reads: (command: SetOnHand) => [lineRef(command)],
  decide(command, read, now) {
    const before = read(stock, stockId(command.warehouseId, command.productId))
    if (command.ifMatch !== undefined && command.ifMatch !== before?.version) {
      throw versionMismatch('the stock line has another version')
    }
    const held = before?.held ?? 0
    if (command.onHand < held) throw belowHeld(`${held} pieces are held for orders`)
    if (before && before.onHand === command.onHand) return { reply: before }
    const change = { onHand: command.onHand - (before?.onHand ?? 0), held: 0 }
    const line = changed(before, command, change, now)
    return { put: [put(stock, line)], reply: line }
  },
})

export interface Adjust extends Line {
  delta: number
  answerId: string
  idempotency: Idempotency
}

export const adjust = behaviour({
  reads: (command: Adjust) => [lineRef(command), ref(stockAnswers, command.answerId)],
  decide(command, read, now) {
    const { warehouseId, productId } = command
    const line = answered(read(stockAnswers, command.answerId), command)
    if (line) return { reply: { replayed: true, value: { warehouseId, productId, ...line } } }
    const before = read(stock, stockId(warehouseId, productId))
    if (!before) throw unknownProduct(`${productId} has no stock line in ${warehouseId}`)
    if (before.available + command.delta < 0) {
      const { available, onHand } = before
      const refuse = belowHeld(`${available} of ${onHand} pieces are not held for orders`)
      return { refuse, put: [remember(command, { refusal: remembered(refuse) }, now)] }
    }
    if (before.onHand + command.delta > MAX_PIECES) {
      throw validationFailed(`onHand would be above ${MAX_PIECES}`)
    }
    const after = changed(before, command, { onHand: command.delta, held: 0 }, now)
    const { onHand, held, available, version } = after
    const adjusted = { onHand, held, available, version }
    return {
      put: [put(stock, after), remember(command, { line: adjusted }, now)],
      reply: { replayed: false, value: { warehouseId, productId, ...adjusted } },
    }
  },
})

/** The line that the key was answered with, or undefined. @throws Refusal a remembered one */
function answered(found: StockAnswer | undefined, { idempotency }: Adjust) {
  if (!found) return undefined
  if (found.fingerprint !== idempotency.fingerprint) {
    throw keyReused('this Idempotency-Key adjusted something else')
  }
  if ('refusal' in found.answer) throw recalled(found.answer.refusal)
  return found.answer.line
}

function remember(
  { answerId: id, warehouseId, idempotency: { fingerprint } }: Adjust,
  answer: StockAnswer['answer'],
  now: number,
): Put {
  const dueAt = now + ANSWER_KEPT_MS
  return put(stockAnswers, { id, version: 1, warehouseId, fingerprint, answer, dueAt })
}

export interface MakeHold extends HoldName {
  customerId: string
  items: { productId: string; quantity: number }[]
}

export const hold = behaviour({
  reads: (command: MakeHold) => [
    holdRef(command),
    ...command.items.map(({ productId }) => lineRef({ ...command, productId })),
  ],
  decide({ warehouseId, orderId, attempt, customerId, items }, read, now) {
    const id = holdId(warehouseId, orderId, attempt)
    const found = read(holds, id)
    if (found) {
      if (sameItems(found.items, items)) return { reply: done }
      throw holdConflict(`${orderId} holds other items`, { warehouseIds: [warehouseId] })
    }
    const short = items.flatMap(({ productId, quantity }) => {
      const available = read(stock, stockId(warehouseId, productId))?.available ?? 0
      return available < quantity ? [{ productId, requested: quantity, available }] : []
    })
    if (short.length > 0) throw outOfStock('not enough pieces are available', { items: short })
    const made: Hold = {
      id,
      version: 1,
      warehouseId,
      orderId,
      attempt,
      customerId,
      state: 'held',
      items,
      createdAt: now,
      dueAt: now + FIRST_CHECK_MS,
    }
    const lines = changeLines(made, read, { onHand: 0, held: 1 }, now)
    return { put: [put(holds, made), ...lines], reply: done }
  },
})

export const claim = behaviour({
  reads: readsOfHold,
  decide(command: HoldName, read, now) {
    const found = read(holds, holdRef(command).id)
    if (!found) throw holdGone(`nothing is held for ${command.orderId}`)
    if (found.state === 'claimed') return { reply: done }
    const { dueAt: _, ...rest } = found
    const claimed: Hold = { ...rest, version: found.version + 1, state: 'claimed' }
    const lines = changeLines(found, read, { onHand: -1, held: -1 }, now)
    return { put: [put(holds, claimed), ...lines], reply: done }
  },
})

export const release = behaviour({
  reads: readsOfHold,
  decide(command: HoldName, read, now) {
    const own = holdRef(command)
    const found = read(holds, own.id)
    if (!found) return { reply: done }
    const back = found.state === 'held' ? { onHand: 0, held: -1 } : { onHand: 1, held: 0 }
    return { put: changeLines(found, read, back, now), remove: [own], reply: done }
  },
})

export const ship = behaviour({
  reads: (command: HoldName) => [holdRef(command)],
  decide(command, read) {
    const own = holdRef(command)
    if (read(holds, own.id)?.state !== 'claimed') return { reply: done }
    return { remove: [own], reply: done }
  },
})

/** The order still wants the hold: ask again at `dueAt`. */
export const keep = behaviour({
  reads: (command: HoldName & { dueAt: number }) => [holdRef(command)],
  decide(command, read) {
    const found = read(holds, holdRef(command).id)
    if (found?.state !== 'held') return { reply: done }
    const kept = { ...found, version: found.version + 1, dueAt: command.dueAt }
    return { put: [put(holds, kept)], reply: done }
  },
})
