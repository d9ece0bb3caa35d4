import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Agent, request } from 'undici'
import { NOTE_ID, OPERATOR_KEY, startWorld, type World } from '../../test/gateway/notes.ts'

let world: World
let answer: () => void = () => {}
const agent = new Agent({ connections: 600 })
const waiting: Promise<number>[] = []

async function statusOf(path: string, method: 'GET' | 'POST' | 'DELETE' = 'GET') {
  const headers = method === 'DELETE' ? { authorization: `Bearer ${OPERATOR_KEY}` } : {}
  const reply = await request(world.url + path, { method, headers, dispatcher: agent })
  await reply.body.dump()
  return reply.statusCode
}

describe('with as many browsers waiting as may', () => {
  beforeAll(async () => {
    world = await startWorld()
    const answered = new Promise<object>((resolve) => {
      answer = () => resolve({})
    })
    let reached = 0
    const all = new Promise<void>((resolve) => {
      world.failures.hang = () => {
        if (++reached === 500) resolve()
        return answered
      }
    })
    for (let index = 0; index < 500; index++) waiting.push(statusOf('/fail/hang'))
    await all
  })
  afterAll(async () => {
    await agent.destroy()
    await world.stop()
  })

  test('another is refused at once, and told when to come again', async () => {
    const reply = await request(`${world.url}/notes`, { dispatcher: agent })
    expect(reply.statusCode).toBe(503)
    expect(reply.headers).toMatchObject({
      'retry-after': '1',
      'content-type': 'application/problem+json',
    })
    expect(await reply.body.json()).toMatchObject({ code: 'overloaded', title: 'Too busy' })
  })

  test('carts, operators and health are served', async () => {
    expect(await statusOf('/basket', 'POST')).toBe(200)
    expect(await statusOf(`/admin/notes/${NOTE_ID}`, 'DELETE')).toBe(204)
    expect(await statusOf('/livez')).toBe(200)
  })

  test('and answered, there is room again', async () => {
    answer()
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([200]))
    expect(await statusOf('/notes')).toBe(200)
  })
})
