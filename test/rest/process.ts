/** A shop as a user starts it: a process of its own, by the command of `npm start`. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import packageJson from '../../package.json' with { type: 'json' }
import { Client } from './client.ts'
import { eventually } from './shop.ts'

export interface Ended {
  status: number | null
  signal: NodeJS.Signals | null
  out: string
  err: string
}

export interface ShopProcess {
  client: Client
  /** What it has printed so far. */
  out(): string
  /** Sends the signal, and waits until the process has ended. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<Ended>
}

const [, ...START] = packageJson.scripts.start.split(' ')
const running = new Set<ChildProcess>()

function spawnNode(args: readonly string[], env: Record<string, string>) {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const printed = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    printed.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    printed.err += chunk
  })
  const ended = once(child, 'close').then(([status, signal]): Ended => {
    running.delete(child)
    return { status, signal, ...printed }
  })
  return { child, printed, ended }
}

/** Runs a script of the project to its end. */
export function runScript(args: readonly string[], env: Record<string, string>): Promise<Ended> {
  return spawnNode(args, env).ended
}

const FREE_PORTS = { PORT: '0', METRICS_PORT: '0', LOG_LEVEL: 'fatal' }

/** A start that must fail. */
export function startInVain(env: Record<string, string>): Promise<Ended> {
  return runScript(START, { ...FREE_PORTS, ...env })
}

/** @throws Error it ended before it was open */
export async function startShop(env: Record<string, string>): Promise<ShopProcess> {
  const { child, printed, ended } = spawnNode(START, {
    ...FREE_PORTS,
    RATE_LIMIT_PER_MINUTE: '0',
    LOGIN_LIMIT_PER_MINUTE: '0',
    ...env,
  })
  const urlOf = () => /open at\s+(http:\S+)\n/.exec(printed.out)?.[1]
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`the shop did not open: ${printed.err}`)
    return urlOf() !== undefined
  })
  const client = await Client.open(urlOf()!)
  await eventually(async () => (await client.attempt('GET /readyz')).status === 200)
  return {
    client,
    out: () => printed.out,
    end(signal) {
      child.kill(signal)
      return ended
    },
  }
}

/** Ends what a failed test has left running. */
export function endAll(): void {
  for (const child of running) child.kill('SIGKILL')
}
