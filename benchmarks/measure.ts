/**
 * Asks the questions. Under load Stoa and bare node:http take turns, so that what else happens on
 * the machine happens to both; of several rounds each figure's median counts.
 */
import { Driver, type Load, type Operation } from './load.ts'
import type { LoadQuestion, Reading, StateQuestion } from './question.ts'
import { type Server, startRaw } from './server.ts'
import type { Shop } from './shop.ts'

export interface Parameters {
  /** Of load, in each round. */
  seconds: number
  rounds: number
}

export interface Figures {
  /** Of all threads of the server. */
  cpuSPer1000: number
  perSecond: number
  p50Ms: number
  p95Ms: number
  p99Ms: number
  /** The share of requests that the server was too busy for. */
  refused: number
}

export interface LoadAnswer {
  name: string
  title: string
  target: number | undefined
  stoa: Figures
  raw: Figures
  /** After the last round, MB. */
  residentMb: number
  rounds: { stoa: Figures[]; raw: Figures[] }
}

export interface StateAnswer extends Reading {
  rounds: number[]
}

export const WARM_UP_S = 2
/** What the first rounds, in code that is not compiled yet, need at most. */
const WARM_UP_OPERATIONS = 4_000
/** A round may be this much faster than the one before. */
const SPARE = 1.5

const RAW: Operation = {
  method: 'GET',
  path: '/',
  status: 200,
  isRight: ({ id }) => id === 'raw',
}

export async function measureLoad(
  { name, title, target, operations }: LoadQuestion,
  shop: Shop,
  { seconds, rounds: count }: Parameters,
): Promise<LoadAnswer> {
  const [stoa, raw] = [await shop.start(true), await startRaw()]
  const [driver, rawDriver] = [new Driver(stoa.url), new Driver(raw.url)]
  const { prepare, next } = operations(shop)
  const rounds: LoadAnswer['rounds'] = { stoa: [], raw: [] }
  await rawDriver.run(() => RAW, WARM_UP_S)
  await prepare?.(driver, WARM_UP_OPERATIONS)
  let last: { operations: number; seconds: number } = await driver.run(next, WARM_UP_S)
  for (let round = 0; round < count; round += 1) {
    rounds.raw.push((await measureRound(raw, rawDriver, () => RAW, seconds)).figures)
    await prepare?.(driver, Math.ceil((last.operations / last.seconds) * seconds * SPARE))
    const measured = await measureRound(stoa, driver, next, seconds)
    rounds.stoa.push(measured.figures)
    last = measured.load
  }
  const residentMb = stoa.residentMb()
  await Promise.all([driver.close(), rawDriver.close()])
  await Promise.all([stoa.stop(), raw.stop()])
  const medians = { stoa: medianFigures(rounds.stoa), raw: medianFigures(rounds.raw) }
  return { name, title, target, ...medians, residentMb, rounds }
}

async function measureRound(
  server: Server,
  driver: Driver,
  next: () => Operation | undefined,
  seconds: number,
): Promise<{ load: Load; figures: Figures }> {
  const cpuBeforeS = server.cpuS()
  const load = await driver.run(next, seconds)
  const cpuS = server.cpuS() - cpuBeforeS
  const { operations, latencies } = load
  const figures = {
    cpuSPer1000: (1_000 * cpuS) / operations,
    perSecond: operations / load.seconds,
    p50Ms: percentile(latencies, 0.5),
    p95Ms: percentile(latencies, 0.95),
    p99Ms: percentile(latencies, 0.99),
    refused: load.refused / (operations + load.refused),
  }
  return { load, figures }
}

export async function measureState(
  { measure }: StateQuestion,
  shop: Shop,
  { rounds: count }: Parameters,
): Promise<StateAnswer[]> {
  const rounds: Reading[][] = []
  for (let round = 0; round < count; round += 1) rounds.push(await measure(shop))
  return rounds[0]!.map((reading, at) => {
    const values = rounds.map((round) => round[at]!.value)
    return { ...reading, value: median(values), rounds: values }
  })
}

function medianFigures(rounds: readonly Figures[]): Figures {
  const of = (name: keyof Figures) => median(rounds.map((figures) => figures[name]))
  return {
    cpuSPer1000: of('cpuSPer1000'),
    perSecond: of('perSecond'),
    p50Ms: of('p50Ms'),
    p95Ms: of('p95Ms'),
    p99Ms: of('p99Ms'),
    refused: of('refused'),
  }
}

/** The mean of the two in the middle where their number is even. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[upper]! : (sorted[upper - 1]! + sorted[upper]!) / 2
}

/** The smallest value that `share` of all do not exceed. */
export function percentile(ascending: Float64Array, share: number): number {
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)]!
}
