/**
 * What the measured shop sells and what its visitors search for: the real catalogue where it lies
 * beside the repository, else the demo catalogue ten times over.
 */
import { demoCatalogue } from '../services/catalog/demo.ts'
import {
  icecatJudgments,
  icecatMisspellings,
  icecatPresent,
  icecatProducts,
} from '../test/data/icecat.ts'

/** As an import takes it. */
export interface Product {
  id: string
  name: string
  categoryId: string
}

export interface Catalogue {
  source: string
  products: readonly Product[]
  queries: readonly string[]
  categoryIds: readonly string[]
}

const DEMO_COPIES = 10
/** More than a whole run orders. */
const STOCK = { AMS: 1_000_000, NYC: 1_000_000, SIN: 1_000_000 }
const CHUNK_LINES = 100
/** Shares no factor with the number of products, being prime: every product has its turn. */
const STRIDE = 7_919

/** @param most of the products; all of them where it is left out */
export function loadCatalogue(most = Number.POSITIVE_INFINITY): Catalogue {
  const all: readonly Product[] = icecatPresent ? icecatProducts() : demoProducts()
  const products = all.slice(0, most)
  const isWhole = products.length === all.length
  return {
    source: icecatPresent ? 'Open Icecat' : 'generated',
    products,
    queries: isWhole && icecatPresent ? icecatQueries() : [...new Set(products.map(endOfName))],
    categoryIds: [...new Set(products.map(({ categoryId }) => categoryId))],
  }
}

/** The catalogue as the lines of an import, with stock in three warehouses. */
export function* importLines({ products }: Catalogue): Generator<Buffer> {
  for (let start = 0; start < products.length; start += CHUNK_LINES) {
    const lines = products
      .slice(start, start + CHUNK_LINES)
      .map((product) => `${JSON.stringify({ ...product, stock: STOCK })}\n`)
    yield Buffer.from(lines.join(''))
  }
}

/** The things in turn, far from each other, over and over. */
export function takingTurns<T>(things: readonly T[]): () => T {
  let at = 0
  return () => {
    at = (at + STRIDE) % things.length
    return things[at]!
  }
}

function icecatQueries(): string[] {
  return [...icecatJudgments().keys(), ...icecatMisspellings().map(({ misspelled }) => misspelled)]
}

/** Of a demo product, what it is. */
function endOfName({ name }: Product): string {
  return name.split(' ').slice(-2).join(' ')
}

function demoProducts(): Product[] {
  const { lines } = demoCatalogue()
  return Array.from({ length: DEMO_COPIES }, (_, copy) =>
    lines.map((line) => ({
      ...line,
      id: `${line.id}-${copy}`,
      sku: `${line.sku}-${copy}`,
      status: 'active',
    })),
  ).flat() as Product[]
}
