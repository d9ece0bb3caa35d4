/** How much memory does a server with the whole catalogue need that has just started and rests? */
import { setTimeout as pause } from 'node:timers/promises'
import type { StateQuestion } from '../question.ts'

const REST_MS = 5_000

export const memory: StateQuestion = {
  name: 'memory',
  async measure(shop) {
    const server = await shop.start()
    await pause(REST_MS)
    const value = server.residentMb()
    await server.stop()
    return [{ title: 'resident memory at rest', value, unit: 'MB', target: 250 }]
  },
}
