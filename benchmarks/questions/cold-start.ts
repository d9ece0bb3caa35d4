/**
 * How long does it take from the start of the process until it can serve the whole catalogue? The
 * files that it reads are in the page cache.
 */
import type { StateQuestion } from '../question.ts'
import { startRaw } from '../server.ts'

export const coldStart: StateQuestion = {
  name: 'cold-start',
  async measure(shop) {
    const raw = await startRaw()
    await raw.stop()
    const server = await shop.start()
    const cpuS = server.cpuS()
    await server.stop()
    return [
      { title: 'cold start until ready', value: server.readyAfterS, unit: 's', target: 3 },
      { title: 'CPU time of a cold start', value: cpuS, unit: 's' },
      { title: 'start of bare node:http', value: raw.readyAfterS, unit: 's' },
    ]
  },
}
