/** Sends JSON lines to a running gateway and waits for what became of them. */
import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { pipeline, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { LineError } from './import.source.ts'

export interface Summary {
  imported: number
  updated: number
  rejected: number
  /** The first ones. */
  errors: LineError[]
}

/** The import failed; the message is one line for whoever started it. */
export class UploadError extends Error {
  override readonly name = 'UploadError'
}

/** How long the connection may say nothing: a batch takes the gateway less than a second. */
const SILENCE_MS = 60_000

/**
 * Sends no faster than the gateway takes it, and holds no more than a few chunks. (The built-in
 * fetch keeps all that it has sent.)
 *
 * @throws UploadError the gateway cannot be reached or refuses
 * @throws whatever reading `lines` throws: what was read before is in
 */
export async function upload(
  lines: AsyncIterable<Uint8Array>,
  url: string,
  key: string,
): Promise<Summary> {
  const target = new URL('/admin/products/import', url)
  const request = (target.protocol === 'https:' ? https : http).request(target, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/x-ndjson' },
    timeout: SILENCE_MS,
  })
  request.on('timeout', () => request.destroy(new Error('no answer')))
  // What fails once the answer is there changes nothing.
  request.on('error', () => {})
  let unread: { cause: unknown } | undefined
  async function* watched() {
    try {
      yield* lines
    } catch (cause) {
      unread = { cause }
      throw cause
    }
  }
  try {
    // Not awaited: a refusal comes while there is much to send yet. A failure reaches the request.
    pipeline(Readable.from(watched()), request, () => {})
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    const body = await text(response)
    if (response.statusCode !== 200) throw new UploadError(refused(response, body))
    return JSON.parse(body) as Summary
  } catch (error) {
    if (unread) throw unread.cause
    throw error instanceof UploadError ? error : new UploadError(unreachable(error as Error, url))
  } finally {
    request.destroy()
  }
}

function unreachable(error: NodeJS.ErrnoException, url: string): string {
  if (error.code === 'ECONNREFUSED') {
    return `nothing listens at ${url}: start the shop with npm start, or name it with --url`
  }
  const reason = error.code ?? error.message
  return `the connection to ${url} failed (${reason}); the import may be repeated`
}

function refused({ statusCode, statusMessage }: IncomingMessage, body: string): string {
  if (statusCode === 401) return 'the gateway does not know this key'
  if (statusCode === 403) return "this key is not an operator's"
  return `the gateway answered ${statusCode}: ${detailOf(body) ?? statusMessage}`
}

/** Of a problem document; what stands between us and the gateway may answer with anything. */
function detailOf(body: string): string | undefined {
  try {
    return (JSON.parse(body) as { detail?: string }).detail
  } catch {
    return undefined
  }
}
