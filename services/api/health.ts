/** `GET /livez` and `GET /readyz` on the public port. */
import type { Route } from './gateway.ts'
import { send } from './reply.ts'

/** `missing`: what the node still waits for, or that it is stopping; empty when it can serve. */
export function healthRoutes(missing: () => readonly string[]): Route[] {
  const headers = ['Cache-Control', 'no-store']
  const type = 'application/json'
  return [
    {
      method: 'GET',
      path: '/livez',
      answer: (exchange) => send(exchange, { status: 200, headers, type, body: '{"live":true}' }),
    },
    {
      method: 'GET',
      path: '/readyz',
      answer(exchange) {
        const waitsFor = missing()
        const ready = waitsFor.length === 0
        const body = JSON.stringify({ ready, missing: waitsFor })
        send(exchange, { status: ready ? 200 : 503, headers, type, body })
      },
    },
  ]
}
