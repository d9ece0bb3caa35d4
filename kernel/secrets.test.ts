import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { EnvError } from './env.ts'
import { keptSecret, type Secret } from './secrets.ts'

let folder: string
let dataDir: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stoa-secrets-'))
  dataDir = join(folder, 'data')
})
afterEach(() => rmSync(folder, { recursive: true }))

test('is made once, for its owner alone, and kept', () => {
  const first = keptSecret(dataDir, 'a-key', 'sk_')
  expect(first).toEqual({ value: expect.stringMatching(/^sk_[\w-]{32}$/), made: true })
  expect(keptSecret(dataDir, 'a-key', 'sk_')).toEqual({ value: first.value, made: false })
  expect(keptSecret(dataDir, 'another').value).not.toBe(first.value)
  expect(statSync(join(dataDir, 'a-key')).mode & 0o777).toBe(0o600)
  expect(statSync(dataDir).mode & 0o777).toBe(0o700)
  expect(readdirSync(dataDir)).toEqual(['a-key', 'another'])
  expect(readFileSync(join(dataDir, 'a-key'), 'utf8')).toBe(`${first.value}\n`)
})

test('written by the operator is taken as it is', () => {
  mkdirSync(dataDir)
  writeFileSync(join(dataDir, 'a-key'), 'sk_of_mine\n')
  expect(keptSecret(dataDir, 'a-key')).toEqual({ value: 'sk_of_mine', made: false })
})

test('that is empty is refused, never used', () => {
  mkdirSync(dataDir)
  writeFileSync(join(dataDir, 'a-key'), '\n')
  expect(() => keptSecret(dataDir, 'a-key')).toThrow(EnvError)
})

test('that cannot be kept is an error', () => {
  writeFileSync(dataDir, 'not a folder')
  expect(() => keptSecret(dataDir, 'a-key')).toThrow('data')
})

test('is the same for processes that start at once; one of them has made it', async () => {
  const names = Array.from({ length: 20 }, (_, i) => `key-${i}`)
  // They wait for the folder, so that all come to it together.
  const program = `
    import { existsSync } from 'node:fs'
    import { keptSecret } from ${JSON.stringify(new URL('./secrets.ts', import.meta.url))}
    const [dataDir, names] = [${JSON.stringify(dataDir)}, ${JSON.stringify(names)}]
    console.error('ready')
    while (!existsSync(dataDir));
    console.log(JSON.stringify(names.map((name) => keptSecret(dataDir, name))))`
  const options = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program]
  const children = [1, 2, 3].map(() => spawn(process.execPath, options))
  const answers = children.map(({ stdout }) => text(stdout))
  await Promise.all(children.map(({ stderr }) => once(stderr, 'data')))
  mkdirSync(dataDir)
  const found = (await Promise.all(answers)).map((answer) => JSON.parse(answer) as Secret[])
  for (const i of names.keys()) {
    expect(new Set(found.map((secrets) => secrets[i]!.value)).size).toBe(1)
    expect(found.filter((secrets) => secrets[i]!.made)).toHaveLength(1)
  }
  expect(readdirSync(dataDir).sort()).toEqual(names.sort())
})
