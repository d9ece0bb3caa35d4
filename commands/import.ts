/**
 * `npm run import -- FILE [--url http://127.0.0.1:3000] [--key sk_…]`: streams a file of products,
 * JSON lines or CSV, plain or gzipped, into a running gateway. Ends with status 1 when anything was
 * rejected or failed. A repeat changes nothing.
 */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { SingleBar } from 'cli-progress'
import { type Env, EnvError, readEnv } from '../kernel/env.ts'
import { OPERATOR_KEY_FILE } from '../kernel/secrets.ts'
import { CsvError } from './import.csv.ts'
import { jsonLines, type LineError } from './import.source.ts'
import { type Summary, UploadError, upload } from './import.upload.ts'

const USAGE = 'usage: npm run import -- FILE [--url http://127.0.0.1:3000] [--key sk_…]'
const ERRORS_SHOWN = 10
const REPORT_EVERY_MS = 5_000

/** What the user can mend. */
class UsageError extends Error {
  override readonly name = 'UsageError'
}

interface Options {
  file: string
  url: string
  key: string
}

async function main(): Promise<void> {
  const { file, url, key } = readOptions(process.argv.slice(2), readEnv())
  const startedAt = performance.now()
  const progress = showProgress(statSync(file).size)
  const unsent = { count: 0, first: [] as LineError[] }
  const events = {
    onRead: progress.add,
    onReject(error: LineError) {
      unsent.count += 1
      if (unsent.count <= ERRORS_SHOWN) unsent.first.push(error)
    },
  }
  let summary: Summary
  try {
    summary = await upload(jsonLines(file, events), url, key)
  } finally {
    progress.stop()
  }
  const rejected = summary.rejected + unsent.count
  const errors = [...summary.errors, ...unsent.first].sort((a, b) => a.line - b.line)
  tell({ ...summary, rejected, errors }, (performance.now() - startedAt) / 1_000)
  if (rejected > 0) process.exitCode = 1
}

function readOptions(args: string[], env: Env): Options {
  const options = { url: { type: 'string' }, key: { type: 'string' } } as const
  let parsed: ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>
  try {
    parsed = parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${USAGE}`)
  }
  const { positionals, values } = parsed
  const [file] = positionals
  if (file === undefined || positionals.length > 1) throw new UsageError(USAGE)
  const url = values.url ?? `http://127.0.0.1:${env.port}`
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new UsageError(`--url takes an http:// or https:// address, not "${url}"`)
  }
  return { file, url, key: values.key ?? env.adminApiKey ?? readKey(env.dataDir) }
}

/** The key that the shop's first start made. */
function readKey(dataDir: string): string {
  const path = join(dataDir, OPERATOR_KEY_FILE)
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    throw new UsageError(`no operator key: name it with --key or ADMIN_API_KEY (none in ${path})`)
  }
}

interface Progress {
  add(sizeBytes: number): void
  stop(): void
}

function showProgress(sizeBytes: number): Progress {
  const stream = process.stderr
  if (stream.isTTY) {
    const bar = new SingleBar({ stream, format: '{bar} {percentage}% in {duration_formatted}' })
    bar.start(sizeBytes, 0)
    return { add: (count) => bar.increment(count), stop: () => bar.stop() }
  }
  let readBytes = 0
  const timer = setInterval(() => {
    stream.write(`${Math.floor((100 * readBytes) / sizeBytes)} %\n`)
  }, REPORT_EVERY_MS)
  return {
    add(count) {
      readBytes += count
    },
    stop: () => clearInterval(timer),
  }
}

function tell({ imported, updated, rejected, errors }: Summary, seconds: number): void {
  const rate = Math.round((imported + updated) / seconds)
  console.log(
    `${imported} imported, ${updated} updated, ${rejected} rejected ` +
      `in ${seconds.toFixed(1)} s (${rate} products/s)`,
  )
  const shown = errors.slice(0, ERRORS_SHOWN)
  for (const { line, message } of shown) console.log(`line ${line}: ${message}`)
  if (rejected > shown.length) console.log(`and ${rejected - shown.length} more`)
}

/** What the user can mend is told in one line; anything else with its stack. */
function fail(error: unknown): void {
  process.exitCode = 1
  console.error(known(error) ? `import: ${(error as Error).message}` : error)
}

function known(error: unknown): boolean {
  const ours = [UsageError, UploadError, CsvError, EnvError].some((kind) => error instanceof kind)
  // Node's and csv-parse's errors about the file bear a code.
  return ours || (error instanceof Error && 'code' in error)
}

main().catch(fail)
