/**
 * `npm run bench`: what does Stoa cost, and how fast is it? Starts real servers, puts load on them,
 * and writes results/. A run of some questions only shows what it found.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { loadCatalogue } from './catalogue.ts'
import { measureLoad, measureState } from './measure.ts'
import { addToCart } from './questions/add-to-cart.ts'
import { coldStart } from './questions/cold-start.ts'
import { createOrder, createOrderOfOne } from './questions/create-order.ts'
import { getPopularProduct, getProduct } from './questions/get-product.ts'
import { importing } from './questions/import.ts'
import { list } from './questions/list.ts'
import { memory } from './questions/memory.ts'
import { pay } from './questions/pay.ts'
import { search } from './questions/search.ts'
import { digits, type Results, readSetting, verdict, writeResults } from './report.ts'
import { Shop } from './shop.ts'

const LOADS = [
  getProduct,
  getPopularProduct,
  search,
  list,
  addToCart,
  createOrder,
  createOrderOfOne,
  pay,
]
const STATES = [coldStart, memory, importing]
const NAMES = [...LOADS, ...STATES].map(({ name }) => name)

const USAGE = `npm run bench -- [options]

  --only NAMES      a comma list of ${NAMES.join(', ')}
  --seconds N       of load in each round; default 5
  --rounds N        default 3
  --products N      at most so many products of the catalogue
  --profile FOLDER  writes a CPU profile of each server under load into it
`

function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      seconds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '3' },
      products: { type: 'string', default: '1000000' },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const only = values.only?.split(',') ?? NAMES
  const unknown = only.filter((name) => !NAMES.includes(name))
  const numbers = { seconds: +values.seconds, rounds: +values.rounds, products: +values.products }
  const isWrong = Object.values(numbers).some((number) => !(number > 0)) || unknown.length > 0
  if (values.help || isWrong) {
    console.log(USAGE)
    process.exit(values.help ? 0 : 2)
  }
  return {
    ...numbers,
    isWhole: values.only === undefined,
    only,
    profile: values.profile && resolve(values.profile),
  }
}

async function main(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
  const { only, isWhole, products, profile, ...parameters } = readOptions()
  const catalogue = loadCatalogue(products)
  const setting = readSetting(catalogue, parameters)
  const shop = new Shop(catalogue, profile)
  await shop.open()
  const results: Results = { setting, loads: [], states: [] }
  for (const question of LOADS.filter(({ name }) => only.includes(name))) {
    const answer = await measureLoad(question, shop, parameters)
    results.loads.push(answer)
    const { title, stoa, raw, target } = answer
    tell(title, `${digits(stoa.cpuSPer1000)} CPU s / 1,000`, verdict(stoa.cpuSPer1000, target))
    tell('', `${stoa.perSecond.toFixed(0)} a second, p99 ${digits(stoa.p99Ms)} ms`)
    tell('  bare', `${digits(raw.cpuSPer1000)} CPU s / 1,000, ${raw.perSecond.toFixed(0)} a second`)
  }
  for (const question of STATES.filter(({ name }) => only.includes(name))) {
    const answers = await measureState(question, shop, parameters)
    results.states.push(...answers)
    for (const { title, value, unit, target } of answers) {
      tell(title, `${digits(value)} ${unit}`, verdict(value, target))
    }
  }
  if (isWhole) writeResults('one-process', results)
  process.exit(0)
}

function tell(title: string, figure: string, judged = ''): void {
  console.log(`${title.padEnd(44)} ${figure.padEnd(40)} ${judged}`)
}

main().catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
