/** What Stoa is compared with: node:http that answers everything with one product of 1 kB. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const product = {
  id: 'raw',
  sku: 'RAW-1',
  name: 'A product that is always the same',
  price: { amount: 129_900, currency: 'USD' },
  description: '',
}
const SIZE_BYTES = 1_024
const padding = SIZE_BYTES - Buffer.byteLength(JSON.stringify(product))
const body = JSON.stringify({ ...product, description: 'x'.repeat(padding) })

const server = createServer((_request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': SIZE_BYTES })
  response.end(body)
})
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
process.once('SIGTERM', () => {
  server.close(() => process.exit(0))
  server.closeAllConnections()
})
