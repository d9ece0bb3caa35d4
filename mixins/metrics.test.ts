import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { ServiceBroker } from 'moleculer'
import { EnvError } from '../kernel/env.ts'
import { MetricsReporter, type MetricsServer, startMetricsServer } from './metrics.ts'
import { Readiness } from './readiness.ts'

const host = '127.0.0.1'
let broker: ServiceBroker
let reporter: MetricsReporter
let readiness: Readiness
let server: MetricsServer
let metricsPort: number
const agent = new Agent({ keepAlive: true })

beforeEach(async () => {
  reporter = new MetricsReporter()
  readiness = new Readiness()
  broker = new ServiceBroker({
    nodeID: 'node-7',
    logger: false,
    registry: { stopDelay: 0 },
    // Which moleculer leaves out where it sees that it is being tested.
    metrics: { enabled: true, reporter: reporter as never, collectProcessMetrics: true },
  })
  broker.createService({ name: 'shop', actions: { open: () => 'yes' } })
  await broker.start()
  metricsPort = await freePort()
  server = await startMetricsServer({ host, metricsPort }, reporter, () => readiness.missing)
})
afterEach(async () => {
  await server.stop()
  await broker.stop()
})

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, host)
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

async function ask(path: string, method = 'GET') {
  const asked = request({ host, port: metricsPort, path, method, agent }).end()
  const [response] = await once(asked, 'response')
  return { status: response.statusCode, body: await text(response) }
}

test('the numbers are the broker’s, of this node, with the event loop’s delay', async () => {
  await broker.call('shop.open')
  const { status, body } = await ask('/metrics')
  expect(status).toBe(200)
  expect(body).toMatch(/^moleculer_request_total\{nodeID="node-7".*action="shop\.open".*\} 1$/m)
  for (const { body } of [await ask('/metrics'), await ask('/metrics')]) {
    const [, delay] = /^stoa_eventloop_delay_seconds\{.*\} (\S+)/m.exec(body) ?? []
    expect(Number(delay)).toBeGreaterThanOrEqual(0)
  }
})

test('the command line is not told', async () => {
  const { body } = await ask('/metrics')
  expect(body).toContain('process_pid')
  for (const argument of [process.execPath, ...process.argv]) expect(body).not.toContain(argument)
})

test('ready is who waits for nothing', async () => {
  expect(await ask('/readyz')).toEqual({ status: 200, body: '{"ready":true,"missing":[]}' })
  for (const name of ['search index', 'stopping']) readiness.await(name)
  const waits = { ready: false, missing: ['search index', 'stopping'] }
  expect(await ask('/readyz')).toEqual({ status: 503, body: JSON.stringify(waits) })
  expect(await ask('/livez')).toEqual({ status: 200, body: '{"live":true}' })
  for (const name of ['stopping', 'search index']) readiness.done(name)
  expect((await ask('/readyz')).status).toBe(200)
})

test.each([
  ['POST', '/metrics'],
  ['GET', '/'],
])('%s %s is not found', async (method, path) => {
  expect(await ask(path, method)).toMatchObject({ status: 404 })
})

test('a port that is taken is told in one line', async () => {
  const second = startMetricsServer({ host, metricsPort }, reporter, () => [])
  await expect(second).rejects.toEqual(
    new EnvError(`METRICS_PORT ${metricsPort} cannot be listened on (EADDRINUSE)`),
  )
})

test('stop does not wait for connections that are kept open', async () => {
  await ask('/livez')
  expect(Object.keys(agent.freeSockets)).not.toEqual([])
  await server.stop()
  await expect(ask('/livez')).rejects.toThrow()
})
