/** Sends JSON lines to a running gateway and waits for what became of them. */
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

/**
 * @throws UploadError the gateway cannot be reached or refuses
 * @throws whatever reading `lines` throws: what was read before is in
 */
export async function upload(
  lines: AsyncIterable<Uint8Array>,
  url: string,
  key: string,
): Promise<Summary> {
  let unread: { cause: unknown } | undefined
  async function* watched() {
    try {
      yield* lines
    } catch (cause) {
      unread = { cause }
      throw cause
    }
  }
  let response: Response
  try {
    response = await fetch(new URL('/admin/products/import', url), {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/x-ndjson' },
      body: watched(),
      duplex: 'half',
    })
  } catch (error) {
    throw unread ? unread.cause : new UploadError(unreachable(error, url))
  }
  if (response.status !== 200) throw new UploadError(await refused(response))
  return (await response.json()) as Summary
}

function unreachable(error: unknown, url: string): string {
  const { cause } = error as { cause?: { code?: string; message?: string } }
  if (cause?.code === 'ECONNREFUSED') {
    return `nothing listens at ${url}: start the shop with npm start, or name it with --url`
  }
  const reason = cause?.code ?? cause?.message ?? (error as Error).message
  return `the connection to ${url} failed (${reason}); the import may be repeated`
}

async function refused(response: Response): Promise<string> {
  if (response.status === 401) return 'the gateway does not know this key'
  if (response.status === 403) return "this key is not an operator's"
  const problem = (await response.json().catch(() => undefined)) as { detail?: string } | undefined
  return `the gateway answered ${response.status}: ${problem?.detail ?? response.statusText}`
}
