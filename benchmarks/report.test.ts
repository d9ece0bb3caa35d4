import { expect, test } from '@jest/globals'
import { digits, page, type Results } from './report.ts'

const figures = { perSecond: 1_000, p50Ms: 1.5, p95Ms: 2.5, p99Ms: 12.345, refused: 0.0012 }
const stoa = { ...figures, cpuSPer1000: 0.3 }
const raw = { ...figures, cpuSPer1000: 0.012, perSecond: 50_000 }

const rounds = { stoa: [stoa], raw: [raw] }

const results: Results = {
  setting: {
    date: '2026-01-02T03:04:05.678Z',
    commit: '0123456789ab',
    node: 'v24.0.0',
    machine: { cores: 2, model: 'Some CPU', memoryGb: 24, system: 'Linux 6' },
    loadAverage: 0.125,
    catalogue: { source: 'generated', products: 5_000 },
    load: { seconds: 5, rounds: 3, connections: 32 },
  },
  loads: [
    { name: 'cheap', title: 'cheap', target: 0.3, stoa, raw, residentMb: 200, rounds },
    { name: 'dear', title: 'dear', target: 0.29, stoa, raw, residentMb: 200, rounds },
    { name: 'free', title: 'free', target: undefined, stoa, raw, residentMb: 200, rounds },
  ],
  states: [{ title: 'start', value: 3.01, unit: 's', target: 3, rounds: [2.9, 3.01, 4] }],
}

test('the page tells machine, commit, load and every verdict', () => {
  const text = page(results)
  expect(text).toContain('| machine | 2 cores, Some CPU, 24 GB, Linux 6 |')
  expect(text).toContain('| commit | 0123456789ab |')
  expect(text).toContain('32 connections with one request under way on each, 5 s a round')
  const loads = '1000 | 0.0200 | 1.50 | 2.50 | 12.3 | 0.12 % | 200 |'
  expect(text).toContain(`| cheap | 0.300 | ≤ 0.3 | met | 25.0 | ${loads}`)
  expect(text).toContain(`| dear | 0.300 | ≤ 0.29 | **missed** | 25.0 | ${loads}`)
  expect(text).toContain(`| free | 0.300 |  |  | 25.0 | ${loads}`)
  expect(text).toContain('| start | 3.01 s | ≤ 3 | **missed** | 2.90, 3.01, 4.00 |')
})

test.each([
  [0.012345, '0.0123'],
  [1.5, '1.50'],
  [99.44, '99.4'],
  [12_345.6, '12346'],
])('%d is written %s', (value, text) => {
  expect(digits(value)).toBe(text)
})
