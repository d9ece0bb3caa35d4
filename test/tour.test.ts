/** The README's tour, word for word, against a shop just opened: its answers must be today's. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { readEnv } from '../kernel/env.ts'
import { startNode } from '../moleculer.config.ts'

interface Step {
  shell: string
  answers: unknown[]
}

const END = '--- end of step ---'

function readTour(): Step[] {
  const [, tour = ''] = /## A tour\n(.*?)\nNow kill/s.exec(readFileSync('README.md', 'utf8')) ?? []
  const blocks = [...tour.matchAll(/```(sh|json)\n(.*?)```/gs)]
  return blocks.flatMap(([, kind, shell], at) => {
    if (kind !== 'sh') return []
    const next = blocks[at + 1]
    return [{ shell: shell!, answers: next?.[1] === 'json' ? documents(next[2]!) : [] }]
  })
}

/** One JSON document after the other. */
function documents(text: string): unknown[] {
  return text
    .split(/^(?=\{)/m)
    .filter((part) => part.trim() !== '')
    .map((part) => JSON.parse(part))
}

/** Ids, times and cursors differ from run to run; that they are there does not. */
function settled(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replace(/\b(cart|ord|pay|cus|evt)_[0-9a-z]{26}/g, '$1_…')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time')
    .replace(/"(requestId|nextCursor)":"[^"]+"/g, '"$1":"…"')
    .replace(/"outbox":\{[^}]*\}/, '"outbox":{}')
  return JSON.parse(text)
}

test('the tour of the README works word for word', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stoa-tour-'))
  const dataDir = join(folder, 'data')
  const node = await startNode(
    readEnv({ PORT: '0', METRICS_PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'error' }),
  )
  try {
    const tour = readTour()
    expect(tour.length).toBeGreaterThan(8)
    const script = tour
      .map(({ shell }) => `${shell.replace(/^(curl .*)$/gm, 'echo; $1')}\necho; echo '${END}'`)
      .join('\n')
      .replace('http://127.0.0.1:3000', node.url!)
      .replaceAll('.data/', `${dataDir}/`)
    const { stdout } = await promisify(execFile)('bash', ['-euc', script], { cwd: folder })
    const told = stdout.split(END).map((part) => {
      const lines = part.split('\n').filter((line) => line.startsWith('{'))
      return lines.map((line) => settled(JSON.parse(line)))
    })
    expect(told.slice(0, tour.length)).toEqual(tour.map(({ answers }) => answers.map(settled)))
  } finally {
    await node.stop()
    rmSync(folder, { recursive: true })
  }
})
