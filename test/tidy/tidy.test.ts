/** The house rules: layers, fences and budgets, read off the sources themselves. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from '@jest/globals'

interface Source {
  path: string
  text: string
  lines: string[]
  /** Paths of the project's own files that it imports. */
  own: string[]
  /** Names of packages and built-in modules that it imports. */
  foreign: string[]
}

const sources = listFiles()
  .filter((path) => path.endsWith('.ts'))
  .map(readSource)

const plainLayers = new Map<string, number>()
const ownImports = new Map(sources.map(({ path, own }) => [path, own]))

/** Vocabulary: types and declarations that every layer above the contracts speaks in. */
const VOCABULARY = ['mixins/actor/behaviour.ts', 'mixins/store/store.ts']
const PURE = /\.(actor|contract|documents|states|view|decisions)\.ts$/

function listFiles(): string[] {
  const output = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    encoding: 'utf8',
  })
  return output.split('\n').filter((path) => path !== '' && existsSync(path))
}

function readSource(path: string): Source {
  const text = readFileSync(path, 'utf8')
  const names = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!)
  return {
    path,
    text,
    lines: text.split('\n'),
    own: names
      .filter((name) => name.startsWith('.'))
      .map((name) => normalize(join(dirname(path), name))),
    foreign: names.filter((name) => !name.startsWith('.')),
  }
}

/**
 * 0 is the lowest; imports go down or stay. A plain file of a service is as high as what it uses.
 */
function layer(path: string): number {
  if (isTestOrRoot(path)) return 6
  if (path.startsWith('kernel/') || VOCABULARY.includes(path)) return 0
  if (path.endsWith('.contract.ts')) return 1
  if (path.startsWith('mixins/')) return 3
  if (path.endsWith('.service.ts')) return 5
  if (path.endsWith('.saga.ts')) return 4
  if (PURE.test(path)) return 2
  const known = plainLayers.get(path)
  if (known !== undefined) return known
  plainLayers.set(path, 2)
  const height = Math.max(2, ...(ownImports.get(path) ?? []).map(layer))
  plainLayers.set(path, height)
  return height
}

function isTestOrRoot(path: string): boolean {
  return path.endsWith('.test.ts') || !/^(kernel|mixins|services)\//.test(path)
}

function violations(check: (source: Source) => string[]): string[] {
  return sources.flatMap((source) => check(source).map((what) => `${source.path}: ${what}`))
}

describe('layers', () => {
  test('imports go down', () => {
    const found = violations(({ path, own }) =>
      own.filter((target) => layer(target) > layer(path)).map((target) => `imports ${target}`),
    )
    expect(found).toEqual([])
  })

  test("another service's folder is entered by its contract only", () => {
    const serviceOf = (path: string) => /^services\/([^/]+)\//.exec(path)?.[1]
    const found = violations(({ path, own }) => {
      if (isTestOrRoot(path)) return []
      return own
        .filter((target) => serviceOf(target) && serviceOf(target) !== serviceOf(path))
        .filter((target) => !target.endsWith('.contract.ts'))
        .map((target) => `imports ${target}`)
    })
    expect(found).toEqual([])
  })
})

describe('fences', () => {
  const fenced: [what: RegExp, where: RegExp][] = [
    [/^mongodb$/, /^mixins\/store\/mongo/],
    [/^node:sqlite$/, /^mixins\/store\/embedded/],
    [/^ioredis$/, /^mixins\/(caching|limits)\//],
    [/^stripe$/, /^services\/payment\/providers\/stripe\.ts$/],
    [/^jose$/, /^kernel\/token\.ts$/],
  ]

  test('a driver is imported in one place', () => {
    const found = violations(({ path, foreign }) => {
      if (isTestOrRoot(path)) return []
      return foreign.filter((name) =>
        fenced.some(([what, where]) => what.test(name) && !where.test(path)),
      )
    })
    expect(found).toEqual([])
  })

  test('process.env is read in kernel/env.ts', () => {
    const found = violations(({ path, text }) => {
      const allowed = path === 'kernel/env.ts' || isTestOrRoot(path)
      return !allowed && /process\.env/.test(text) ? ['reads process.env'] : []
    })
    expect(found).toEqual([])
  })

  test('pure files know no framework, clock or chance', () => {
    const impure = /\b(Date\.now|new Date\(\)|Math\.random|setTimeout|setInterval|performance\.)/
    const found = violations(({ path, foreign, text }) => {
      if (!PURE.test(path)) return []
      const modules = foreign.filter((name) => name === 'moleculer' || name.startsWith('node:'))
      return impure.test(text) ? [...modules, 'clock or chance'] : modules
    })
    expect(found).toEqual([])
  })

  test('services take their time from the clock they are given', () => {
    const found = violations(({ path, text }) => {
      if (!/^(services|mixins)\//.test(path) || path.endsWith('.test.ts')) return []
      return /\bDate\.now\(|new Date\(\)/.test(text) ? ['asks the wall clock'] : []
    })
    expect(found).toEqual([])
  })

  test('no call between services is left floating', () => {
    const floating =
      /^\s+(?:(?:this\.)?broker\.call\(|context\.call\(|call\((?:caller|context|this)\b)/
    const found = violations(({ lines }) =>
      lines.flatMap((line, index) => {
        const before = lines[index - 1]?.trimEnd() ?? ''
        const continues = /[([,=?:]$|=>$|&&$|\|\|$|\?\?$/.test(before)
        return floating.test(line) && !continues ? [`line ${index + 1}`] : []
      }),
    )
    expect(found).toEqual([])
  })

  test('the project names nothing of the machine that it was written on', () => {
    const files = listFiles().filter((path) => !path.endsWith('tidy.test.ts'))
    const found = files.filter((path) =>
      /registry\.npmjs|\/root\/|\/home\/\w|\/work\//.test(readFileSync(path, 'utf8')),
    )
    expect(found).toEqual([])
  })
})

describe('budgets', () => {
  test('a file has at most 300 lines, a test 500', () => {
    const found = violations(({ path, lines }) => {
      const most = path.endsWith('.test.ts') || path.startsWith('test/') ? 500 : 300
      return lines.length > most + 1 ? [`${lines.length} lines`] : []
    })
    expect(found).toEqual([])
  })

  test('a line has at most 100 characters', () => {
    const found = violations(({ lines }) =>
      lines.flatMap((line, index) => (line.length > 100 ? [`line ${index + 1}`] : [])),
    )
    expect(found).toEqual([])
  })

  test('a function has at most 70 lines', () => {
    const head =
      /^( *)(?:export )?(?:default )?(?:async )?(?:static )?(?:function\*? )?\*?[\w$.]+\(.*\{$/
    const found = violations(({ path, lines }) => {
      if (isTestOrRoot(path) || path.endsWith('.service.ts')) return []
      return lines.flatMap((line, start) => {
        const indent = head.exec(line)?.[1]
        if (indent === undefined || /^ *(if|for|while|switch|describe|test)\b/.test(line)) return []
        const length = lines.slice(start + 1).findIndex((l) => l.startsWith(`${indent}}`)) + 2
        return length > 70 ? [`${line.trim()} ${length} lines`] : []
      })
    })
    expect(found).toEqual([])
  })

  test('no file hides what it is for behind a name like utils', () => {
    const found = listFiles().filter((path) => /(^|\/)(utils?|helpers?|common|misc)\b/.test(path))
    expect(found).toEqual([])
  })
})
