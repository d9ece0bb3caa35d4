/** How long does it take to import the whole catalogue into an empty shop, in one stream? */
import type { StateQuestion } from '../question.ts'

export const importing: StateQuestion = {
  name: 'import',
  async measure(shop) {
    const server = await shop.startEmpty()
    const cpuBeforeS = server.cpuS()
    const startedAt = performance.now()
    await shop.importInto(server)
    const seconds = (performance.now() - startedAt) / 1_000
    const cpuS = server.cpuS() - cpuBeforeS
    const peakMb = server.peakResidentMb()
    await server.stop()
    const count = shop.catalogue.products.length
    return [
      { title: 'import of the catalogue', value: seconds, unit: 's', target: 60 },
      { title: 'import rate', value: count / seconds, unit: 'products/s' },
      { title: 'CPU time of the import', value: cpuS, unit: 's' },
      { title: 'resident memory in the import, peak', value: peakMb, unit: 'MB', target: 400 },
    ]
  },
}
