/**
 * The demo catalogue: some 500 products of a shop for electronics, outdoor, home and sport. Made
 * from word lists (demo.*.ts) and the same on every machine: each product draws its price,
 * attributes and stock from numbers that its own id seeds. The brands are invented.
 */
import type { ImportLine } from './catalog.contract.ts'
import { electronics } from './demo.electronics.ts'
import { home } from './demo.home.ts'
import { outdoor } from './demo.outdoor.ts'
import { sport } from './demo.sport.ts'

export interface Department {
  id: string
  name: string
  shelves: readonly Shelf[]
}

/** A category; each of its models comes in each of its kinds. */
export interface Shelf {
  id: string
  name: string
  /** Begins its SKUs. */
  code: string
  /** The models by brand. */
  brands: Readonly<Record<string, readonly string[]>>
  kinds: readonly Kind[]
  /** What a product may say for an attribute: one of these. */
  attributes: Choices
  /** Ends each description. */
  care: string
}

export interface Kind {
  noun: string
  /** US dollars, from and to. */
  price: readonly [number, number]
  opening: string
  /** Sentences; a description has two of them. */
  features: readonly string[]
  attributes?: Choices
}

interface Model {
  brand: string
  model: string
}

type Choices = Readonly<Record<string, readonly (string | number | boolean)[]>>

export interface DemoCategory {
  id: string
  name: string
  parentId: string | null
}

const DEPARTMENTS = [electronics, outdoor, home, sport]
const WAREHOUSES = ['AMS', 'NYC', 'SIN']
const INACTIVE_SHARE = 0.03
const SOLD_OUT_SHARE = 0.07
const STOCKED_SHARE = 0.8
const MAX_PIECES = 240

export function demoCatalogue(): { categories: DemoCategory[]; lines: ImportLine[] } {
  const categories: DemoCategory[] = []
  const lines: ImportLine[] = []
  for (const department of DEPARTMENTS) {
    const { id, name, shelves } = department
    categories.push({ id, name, parentId: null })
    for (const shelf of shelves) {
      categories.push({ id: shelf.id, name: shelf.name, parentId: id })
      lines.push(...productsOf(shelf))
    }
  }
  return { categories, lines }
}

function productsOf(shelf: Shelf): ImportLine[] {
  const models = Object.entries(shelf.brands).flatMap(([brand, names]) =>
    names.map((model) => ({ brand, model })),
  )
  return models.flatMap((model, row) =>
    shelf.kinds.map((kind, column) => ({
      sku: `${shelf.code}-${100 * (row + 1) + 10 * (column + 1)}`,
      ...product(shelf, model, kind),
    })),
  )
}

function product(shelf: Shelf, { brand, model }: Model, kind: Kind): Omit<ImportLine, 'sku'> {
  const name = `${brand} ${model} ${kind.noun}`
  const id = slug(name)
  const draw = drawing(id)
  return {
    id,
    name,
    description: describe(shelf, kind, draw),
    categoryId: shelf.id,
    brand,
    price: { amount: priceMinor(kind.price, draw()), currency: 'USD' },
    attributes: choose({ ...shelf.attributes, ...kind.attributes }, draw),
    images: [],
    status: draw() < INACTIVE_SHARE ? 'inactive' : 'active',
    stock: stockOf(draw),
  }
}

function describe(shelf: Shelf, { opening, features }: Kind, draw: () => number): string {
  const first = Math.floor(draw() * features.length)
  const step = 1 + Math.floor(draw() * (features.length - 1))
  const second = (first + step) % features.length
  return [opening, features[first], features[second], shelf.care].join(' ')
}

/** Dollars that end in 9, or 0.95 for what is cheap: prices as shops write them. */
function priceMinor([from, to]: readonly [number, number], share: number): number {
  const dollars = from + (to - from) * share * share
  return dollars < 50 ? Math.floor(dollars) * 100 + 95 : (Math.floor(dollars / 10) * 10 + 9) * 100
}

function choose(choices: Choices, draw: () => number): NonNullable<ImportLine['attributes']> {
  const chosen = Object.entries(choices).map(([name, values]) => {
    return [name, values[Math.floor(draw() * values.length)]!] as const
  })
  return Object.fromEntries(chosen)
}

function stockOf(draw: () => number): Record<string, number> {
  const isSoldOut = draw() < SOLD_OUT_SHARE
  const pieces = WAREHOUSES.map((warehouse) => {
    const isStocked = draw() < STOCKED_SHARE
    const count = 1 + Math.floor(draw() * MAX_PIECES)
    return [warehouse, isStocked && !isSoldOut ? count : 0] as const
  })
  return Object.fromEntries(pieces)
}

function slug(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
}

/** Numbers from 0 to below 1 that depend on `seed` alone: a multiplicative hash of a counter. */
function drawing(seed: string): () => number {
  let state = 0x811c9dc5
  for (const character of seed) state = Math.imul(state ^ character.codePointAt(0)!, 0x01000193)
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
}
