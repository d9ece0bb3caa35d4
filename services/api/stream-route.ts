/**
 * A route that takes JSON lines without end. It holds two batches at most: one that its action is
 * busy with and one that fills up; meanwhile nothing more is read, so the sender waits. Batches go
 * one after the other, for a later line about the same thing must win.
 */
import type { AnyAction } from '../../kernel/contract.ts'
import { isRefusal } from '../../kernel/errors.ts'
import type { ActionCaller } from './action-caller.ts'
import { ClientGone, decodeUtf8, MAX_BODY_BYTES, requireMediaType } from './body.ts'
import type { Exchange } from './exchange.ts'
import { refuse } from './fields.ts'
import type { Route } from './gateway.ts'
import { parseJson } from './json.ts'
import { type Line, LineSplitter } from './lines.ts'
import { restOf } from './parameters.ts'
import { readQuery } from './query.ts'
import { send } from './reply.ts'

interface BatchLine {
  line: number
  product: unknown
}

interface LineError {
  line: number
  message: string
}

interface BatchResult {
  imported: number
  updated: number
  errors: LineError[]
}

const BATCH_LINES = 200
/** Below what one message between nodes may have. */
const BATCH_BYTES = 512 * 1_024
const MAX_ERRORS_TOLD = 100

export class StreamRoute implements Route {
  readonly method: string
  readonly path: string
  readonly guard: NonNullable<Route['guard']>
  readonly #action: AnyAction
  readonly #caller: ActionCaller
  readonly #uploads: WeakSet<object>

  /** `uploads` holds the sockets whose request may take as long as it likes. */
  constructor(action: AnyAction, caller: ActionCaller, uploads: WeakSet<object>) {
    const rest = restOf(action)
    this.method = rest.method
    this.path = rest.path
    this.guard = { auth: rest.auth, priority: rest.priority }
    this.#action = action
    this.#caller = caller
    this.#uploads = uploads
  }

  async answer(exchange: Exchange): Promise<void> {
    const { request } = exchange
    const asked = Object.keys(readQuery(exchange.query))
    refuse(asked.map((field) => ({ field, message: 'is not known here' })))
    requireMediaType(request, 'application/x-ndjson')
    const { socket } = request
    this.#uploads.add(socket)
    try {
      const told = await this.#take(exchange)
      send(exchange, {
        status: 200,
        headers: ['Cache-Control', 'private, no-store'],
        type: 'application/json',
        body: JSON.stringify(told),
      })
    } finally {
      this.#uploads.delete(socket)
    }
  }

  async #take(exchange: Exchange) {
    const total = { imported: 0, updated: 0, rejected: 0, errors: [] as LineError[] }
    const report = (errors: readonly LineError[]) => {
      total.rejected += errors.length
      const room = MAX_ERRORS_TOLD - total.errors.length
      total.errors.push(...errors.slice(0, room))
    }
    let busy: Promise<void> = Promise.resolve()
    const dispatch = async (lines: BatchLine[]) => {
      const result = (await this.#caller.call(
        this.#action,
        { lines },
        exchange.requestId,
      )) as BatchResult
      total.imported += result.imported
      total.updated += result.updated
      report(result.errors)
    }
    for await (const { lines, errors } of batches(exchange)) {
      await busy
      report(errors)
      if (lines.length === 0) continue
      busy = dispatch(lines)
      // Awaited at the next batch or below; until then a failure must not count as unhandled.
      busy.catch(() => {})
    }
    await busy
    total.errors.sort((one, other) => one.line - other.line)
    return total
  }
}

interface Batch {
  lines: BatchLine[]
  /** Of lines that are not JSON. */
  errors: LineError[]
}

/** @throws ClientGone */
async function* batches({ request }: Exchange): AsyncGenerator<Batch> {
  const splitter = new LineSplitter(MAX_BODY_BYTES)
  let batch: Batch = { lines: [], errors: [] }
  let sizeBytes = 0
  const isFull = () =>
    batch.lines.length >= BATCH_LINES ||
    batch.errors.length >= BATCH_LINES ||
    sizeBytes >= BATCH_BYTES
  try {
    // The connection must outlive an early end, to bear the reply.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      for (const line of splitter.push(chunk as Buffer)) {
        sizeBytes += read(line, batch)
        if (!isFull()) continue
        yield batch
        batch = { lines: [], errors: [] }
        sizeBytes = 0
      }
    }
  } catch (error) {
    throw request.complete ? error : new ClientGone()
  }
  for (const line of splitter.end()) read(line, batch)
  yield batch
}

/** Puts `line` into `batch`; returns its size in bytes. */
function read({ number, bytes }: Line, batch: Batch): number {
  if (!bytes) {
    batch.errors.push({ line: number, message: `is longer than ${MAX_BODY_BYTES} bytes` })
    return 0
  }
  try {
    const text = decodeUtf8(bytes).trim()
    if (text !== '') batch.lines.push({ line: number, product: parseJson(text) })
  } catch (error) {
    if (!isRefusal(error)) throw error
    batch.errors.push({ line: number, message: error.message })
  }
  return bytes.length
}
