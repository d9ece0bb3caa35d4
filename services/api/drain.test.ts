import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { Agent, request } from 'undici'
import { startWorld, type World } from '../../test/gateway/notes.ts'
import { sendRaw } from '../../test/gateway/raw.ts'

const GET = 'GET /notes?limit=1 HTTP/1.1\r\nHost: x\r\n\r\n'

describe('a gateway that stops', () => {
  test('fails no request of busy clients that keep their connections', async () => {
    const world = await startWorld({ times: { graceMs: 200, drainMs: 2_000 } })
    const failed: unknown[] = []
    let served = 0
    const client = async () => {
      const agent = new Agent({ pipelining: 1, connections: 1 })
      for (;;) {
        try {
          const reply = await request(`${world.url}/notes?limit=5`, { dispatcher: agent })
          await reply.body.dump()
          if (reply.statusCode === 200) served++
          else failed.push(reply.statusCode)
        } catch (error) {
          // Nobody listens any more: a balancer would have asked /readyz, and gone elsewhere.
          if ((error as { code?: string }).code !== 'ECONNREFUSED') failed.push(error)
          return agent.destroy()
        }
      }
    }
    const clients = Array.from({ length: 8 }, client)
    await pause(100)
    await world.stop()
    await Promise.all(clients)
    expect(failed).toEqual([])
    expect(served).toBeGreaterThan(100)
  })

  test('says first that it is not ready, while it still serves', async () => {
    const world = await startWorld({ times: { graceMs: 300, drainMs: 1_000 } })
    const before = await fetch(`${world.url}/readyz`)
    expect([before.status, await before.json()]).toEqual([200, { ready: true, missing: [] }])
    const stopping = world.stop()
    const during = await fetch(`${world.url}/readyz`)
    expect([during.status, await during.json()]).toEqual([
      503,
      { ready: false, missing: ['broker'] },
    ])
    expect((await fetch(`${world.url}/notes`)).status).toBe(200)
    await stopping
    await expect(fetch(`${world.url}/readyz`)).rejects.toThrow()
  })

  test('answers what is under way', async () => {
    const { world, answer, reply } = await withHangingRequest()
    const stopping = world.stop()
    await pause(50)
    answer()
    expect((await reply).status).toBe(200)
    await stopping
  })

  test('waits for nobody for ever', async () => {
    const { world, answer, reply } = await withHangingRequest()
    const idle = sendRaw(world.port, [GET])
    const silent = sendRaw(world.port, [])
    const lost = expect(reply).rejects.toThrow()
    await world.stop()
    await lost
    expect((await idle).status).toBe(200)
    await silent
    answer()
  })
})

test('a node that waits for something is alive but not ready', async () => {
  const world = await startWorld({ missing: () => ['search'] })
  const ready = await fetch(`${world.url}/readyz`)
  expect([ready.status, await ready.json()]).toEqual([503, { ready: false, missing: ['search'] }])
  expect((await fetch(`${world.url}/livez`)).status).toBe(200)
  await world.stop()
})

async function withHangingRequest(): Promise<{
  world: World
  answer(): void
  reply: Promise<Response>
}> {
  const world = await startWorld({ times: { graceMs: 0, drainMs: 300 } })
  let answer: () => void = () => {}
  const reached = new Promise<void>((reach) => {
    world.failures.hang = () => {
      reach()
      return new Promise((resolve) => {
        answer = () => resolve({})
      })
    }
  })
  const reply = fetch(`${world.url}/fail/hang`)
  await reached
  return { world, answer: () => answer(), reply }
}
