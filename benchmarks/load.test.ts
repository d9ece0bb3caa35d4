import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { CONNECTIONS, Driver, type Operation } from './load.ts'

let server: Server
let driver: Driver

afterEach(async () => {
  await driver.close()
  server.close()
})

async function serve(answer: RequestListener): Promise<void> {
  server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  driver = new Driver(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}

const PATIENT_S = 30

/** `count` requests for /0, /1, …, each of which must be told its number. */
function numbered(count: number, served?: (reply: { number: number }) => void) {
  let at = 0
  return (): Operation | undefined => {
    if (at === count) return undefined
    const number = at++
    return {
      method: 'GET',
      path: `/${number}`,
      status: 200,
      isRight: (reply) => reply.number === number,
      ...(served ? { served } : {}),
    }
  }
}

const numberOf = (url = '') => Number(url.slice(1))

test('sends each operation once, on no more connections than said, and times each', async () => {
  let open = 0
  let most = 0
  await serve((request, response) => {
    most = Math.max(most, ++open)
    setImmediate(() => {
      open -= 1
      response.end(JSON.stringify({ number: numberOf(request.url) }))
    })
  })
  const told: number[] = []
  const load = await driver.run(
    numbered(500, ({ number }) => told.push(number)),
    PATIENT_S,
  )
  expect(load.operations).toBe(500)
  expect(load.refused).toBe(0)
  expect(told.sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, at) => at))
  expect(most).toBeLessThanOrEqual(CONNECTIONS)
  expect(load.latencies).toHaveLength(500)
  expect(load.latencies).toEqual(load.latencies.toSorted())
})

test.each([
  ['another body', 200, { number: -1 }],
  ['another status', 201, { number: 7 }],
])('a reply with %s ends the run', async (_, status, body) => {
  await serve((request, response) => {
    const number = numberOf(request.url)
    response.statusCode = number === 7 ? status : 200
    response.end(JSON.stringify(number === 7 ? body : { number }))
  })
  await expect(driver.run(numbered(100), PATIENT_S)).rejects.toThrow('wrong answer to GET /7')
})

test('what the server is too busy for is counted, not timed; another 503 ends it', async () => {
  let code = 'overloaded'
  await serve((request, response) => {
    const number = numberOf(request.url)
    response.statusCode = number % 10 === 0 ? 503 : 200
    response.end(JSON.stringify(number % 10 === 0 ? { code } : { number }))
  })
  const load = await driver.run(numbered(100), PATIENT_S)
  expect([load.operations, load.refused, load.latencies.length]).toEqual([90, 10, 90])
  code = 'unavailable'
  await expect(driver.run(numbered(100), PATIENT_S)).rejects.toThrow('503')
})

test('ends when its time is over', async () => {
  await serve((request, response) => {
    response.end(JSON.stringify({ number: numberOf(request.url) }))
  })
  const load = await driver.run(numbered(Number.POSITIVE_INFINITY), 0.05)
  expect(load.seconds).toBeGreaterThanOrEqual(0.05)
  expect(load.operations).toBe(load.latencies.length)
})
