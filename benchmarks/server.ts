/**
 * Server processes to measure: Stoa, started as `npm start` does it, and a bare node:http server to
 * compare it with. What they use is read off /proc, so Linux is needed.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import packageJson from '../package.json' with { type: 'json' }

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** What comes behind `node`. */
const STOA_ARGS = packageJson.scripts.start.split(' ').slice(1)

/** The same on every Linux, whatever the kernel's own tick: USER_HZ. */
const TICKS_PER_S = 100
const START_WAIT_MS = 120_000
/** Behind the 10 s in which Stoa promises to end. */
const STOP_WAIT_MS = 11_000
const POLL_MS = 2

export const OPERATOR_KEY = 'sk_of_the_benchmarks'

export interface Server {
  url: string
  /** From the start of the process until it said that it is ready. */
  readyAfterS: number
  /** CPU time of all its threads, from its start on. */
  cpuS(): number
  /** Resident memory, in MB of 10^6 bytes. */
  residentMb(): number
  /** The most that was ever resident. */
  peakResidentMb(): number
  /** @throws Error it did not end by itself, or not well */
  stop(): Promise<void>
}

export interface StoaOptions {
  dataDir: string
  /** Writes a CPU profile into this folder when the server ends. */
  profileDir?: string | undefined
}

export function startStoa({ dataDir, profileDir }: StoaOptions): Promise<Server> {
  const flags = profileDir ? ['--cpu-prof', `--cpu-prof-dir=${profileDir}`] : []
  return start([...flags, ...STOA_ARGS], '/readyz', {
    PORT: '0',
    METRICS_PORT: '0',
    DATA_DIR: dataDir,
    ADMIN_API_KEY: OPERATOR_KEY,
    RATE_LIMIT_PER_MINUTE: '0',
    LOGIN_LIMIT_PER_MINUTE: '0',
    LOG_LEVEL: 'error',
    DEMO_CATALOG: 'off',
  })
}

/** Answers every request with one fixed product of 1 kB. */
export function startRaw(): Promise<Server> {
  return start(['benchmarks/raw.ts'], '/', {})
}

async function start(
  args: string[],
  readyPath: string,
  env: Record<string, string>,
): Promise<Server> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  const url = await printedUrl(child)
  while (!(await isReady(new URL(readyPath, url)))) {
    if (performance.now() - startedAt > START_WAIT_MS) throw new Error(`${url} is not ready`)
    await pause(POLL_MS)
  }
  const proc = `/proc/${child.pid}`
  return {
    url,
    readyAfterS: (performance.now() - startedAt) / 1_000,
    cpuS: () => cpuS(readFileSync(`${proc}/stat`, 'utf8')),
    residentMb: () => memoryMb(readFileSync(`${proc}/status`, 'utf8'), 'VmRSS'),
    peakResidentMb: () => memoryMb(readFileSync(`${proc}/status`, 'utf8'), 'VmHWM'),
    stop: () => stop(child),
  }
}

/** The first that the server prints. */
async function printedUrl(child: ChildProcess): Promise<string> {
  let printed = ''
  child.stdout!.setEncoding('utf8')
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the server did not start')), START_WAIT_MS)
    child.once('exit', (code) => reject(new Error(`the server ended with status ${code}`)))
    child.stdout!.on('data', (chunk: string) => {
      printed += chunk
      const url = /http:\/\/\S+(?=\s)/.exec(printed)?.[0]
      if (url === undefined) return
      clearTimeout(late)
      resolve(url)
    })
  })
}

async function isReady(url: URL): Promise<boolean> {
  const response = await fetch(url)
  await response.arrayBuffer()
  return response.status === 200
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) throw new Error(`the server ended with status ${child.exitCode}`)
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_WAIT_MS)
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  clearTimeout(late)
  if (code !== 0) throw new Error(`the server did not end well: status ${code}`)
}

/** utime and stime, fields 14 and 15; the second field is a name that may hold anything. */
function cpuS(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S
}

function memoryMb(status: string, name: string): number {
  const kib = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)![1]
  return (Number(kib) * 1_024) / 1e6
}
