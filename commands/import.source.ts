/**
 * A file of products as a stream of JSON lines. Told apart by their content: gzip by its first two
 * bytes, JSON lines by a first `{`; all else is CSV. Holds a few chunks at a time, however large
 * the file is. A CSV record becomes the line that has its number: errors name the line of the file.
 */
import { createReadStream } from 'node:fs'
import { pipeline, Readable, type Transform } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { type Info, parse } from 'csv-parse'
import { CsvError, csvReader } from './import.csv.ts'

export interface LineError {
  line: number
  message: string
}

export interface SourceEvents {
  /** Bytes of the file, as they lie on the disk. */
  onRead(sizeBytes: number): void
  /** A record that is not sent. */
  onReject(error: LineError): void
}

type Chunks = AsyncIterable<Buffer>

/** @throws CsvError, or what opening, reading or unzipping the file throws */
export async function* jsonLines(path: string, events: SourceEvents): AsyncGenerator<Buffer> {
  const file = await peek(counted(createReadStream(path), events))
  const plain = await peek(isGzip(file.first) ? through(file.chunks, createGunzip()) : file.chunks)
  if (isJson(plain.first)) yield* plain.chunks
  else yield* fromCsv(plain.chunks, events)
}

async function* counted(chunks: Chunks, { onRead }: SourceEvents): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    onRead(chunk.length)
    yield chunk
  }
}

/** The first chunk, and all of them. */
async function peek(source: Chunks): Promise<{ first: Buffer; chunks: Chunks }> {
  const iterator = source[Symbol.asyncIterator]()
  const { value: first = Buffer.alloc(0) } = await iterator.next()
  async function* chunks() {
    try {
      yield first
      yield* { [Symbol.asyncIterator]: () => iterator }
    } finally {
      await iterator.return?.()
    }
  }
  return { first, chunks: chunks() }
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

function isJson(bytes: Buffer): boolean {
  return /^\ufeff?\s*(\{|$)/.test(bytes.toString('utf8', 0, 1_024))
}

function through<T extends Transform>(source: Chunks, transform: T): T {
  // The reader of `transform` is told of every failure; here is nobody else to tell.
  pipeline(Readable.from(source, { objectMode: false }), transform, () => {})
  return transform
}

const CSV_OPTIONS = {
  bom: true,
  info: true,
  relax_column_count: true,
  skip_empty_lines: true,
  /** As long as a line may be for the gateway. */
  max_record_size: 1_048_576,
} as const

async function* fromCsv(source: Chunks, events: SourceEvents): AsyncGenerator<Buffer> {
  let read: ReturnType<typeof csvReader> | undefined
  let written = 0
  let quotedBreaks = 0
  let text = ''
  for await (const { info, record } of through(source, parse(CSV_OPTIONS)) as CsvRecords) {
    if (!read) {
      read = csvReader(record)
      continue
    }
    // The parser counts a line break of two characters twice where it is quoted.
    quotedBreaks += record.join(' ').split('\r\n').length - 1
    const line = info.lines - quotedBreaks
    try {
      const json = JSON.stringify(read(record))
      text += `${'\n'.repeat(line - written - 1)}${json}\n`
      written = line
    } catch (error) {
      if (!(error instanceof CsvError)) throw error
      events.onReject({ line, message: error.message })
    }
    if (text.length < CHUNK_CHARACTERS) continue
    yield Buffer.from(text)
    text = ''
  }
  yield Buffer.from(text)
}

const CHUNK_CHARACTERS = 65_536

type CsvRecords = AsyncIterable<{ info: Info; record: string[] }>
