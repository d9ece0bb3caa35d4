/** Reads bodies: bounded, of the right media type, in valid UTF-8. */
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { bodyTooLarge, invalidUtf8, unsupportedMediaType } from './refusals.ts'

export const MAX_BODY_BYTES = 1_048_576

/** The client went away before its request was complete; nobody waits for a reply. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** @throws Refusal `unsupported_media_type` */
export function requireMediaType({ headers }: IncomingMessage, wanted: string): void {
  const [type, ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';')
  const charset = parameters.find((parameter) => parameter.trim().startsWith('charset='))
  const otherCharset = charset !== undefined && !/=\s*"?utf-?8"?\s*$/.test(charset)
  const coding = headers['content-encoding'] ?? 'identity'
  if (type?.trim() !== wanted || otherCharset || coding !== 'identity') {
    throw unsupportedMediaType(`the body must be ${wanted} in UTF-8, not compressed`)
  }
}

/**
 * @throws Refusal `body_too_large`, as soon as that is known
 * @throws ClientGone
 */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge()
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let sizeBytes = 0
    const take = (chunk: Buffer) => {
      sizeBytes += chunk.length
      if (sizeBytes > MAX_BODY_BYTES) {
        request.off('data', take)
        reject(tooLarge())
      } else {
        chunks.push(chunk)
      }
    }
    request.on('data', take)
    request.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
    request.once('close', () => reject(new ClientGone()))
  })
}

/** @throws Refusal `invalid_utf8` */
export function decodeUtf8(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw invalidUtf8('the body is not UTF-8')
  return bytes.toString('utf8')
}

function tooLarge() {
  return bodyTooLarge(`a body has at most ${MAX_BODY_BYTES} bytes`)
}
