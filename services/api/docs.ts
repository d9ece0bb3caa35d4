/** `GET /docs`: the OpenAPI document to read and to try, without a request to any other host. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Contract } from '../../kernel/contract.ts'
import { fingerprint } from '../../kernel/ids.ts'
import type { Exchange } from './exchange.ts'
import type { Route } from './gateway.ts'
import { openApi } from './openapi.ts'
import { type Reply, send } from './reply.ts'

const VERSION = '1.0.0'
const { resolve } = createRequire(import.meta.url)

// Swagger UI styles its elements in place; scripts, requests and images are this origin's only.
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stoa API</title>
<link rel="icon" href="/docs/favicon.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`

const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  docExpansion: 'list',
  filter: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  validatorUrl: null,
})
`

export function docsRoutes(contracts: readonly Contract[]): Route[] {
  const packaged = (file: string) => () => readFile(resolve(`swagger-ui-dist/${file}`))
  const text = (content: string) => async () => Buffer.from(content)
  const document = JSON.stringify(openApi(contracts, VERSION))
  return [
    fixed('/openapi.json', 'application/json', text(document)),
    fixed('/docs', 'text/html; charset=utf-8', text(PAGE)),
    fixed('/docs/start.js', 'text/javascript', text(START)),
    fixed('/docs/swagger-ui.css', 'text/css', packaged('swagger-ui.css')),
    fixed('/docs/swagger-ui-bundle.js', 'text/javascript', packaged('swagger-ui-bundle.js')),
    fixed('/docs/favicon.png', 'image/png', packaged('favicon-32x32.png')),
  ]
}

/** A file that stays as it is while the process lives: read when first asked for, then kept. */
function fixed(path: string, type: string, read: () => Promise<Buffer>): Route {
  let kept: Promise<Buffer> | undefined
  let etag: string | undefined
  return {
    method: 'GET',
    path,
    async answer(exchange: Exchange) {
      kept ??= read()
      const body = await kept
      etag ??= fingerprint(body.toString('latin1'))
      const headers = ['Cache-Control', 'public, max-age=0, must-revalidate']
      const known = exchange.header('if-none-match')?.includes(etag)
      // A 304 replaces the policy that the browser kept with the page.
      const reply: Reply = known
        ? { status: 304, headers: [...headers, 'ETag', `"${etag}"`], pagePolicy: PAGE_POLICY }
        : { status: 200, headers, type, body, etag, pagePolicy: PAGE_POLICY }
      send(exchange, reply)
    },
  }
}
