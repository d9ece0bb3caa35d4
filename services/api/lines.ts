/** Splits a stream of bytes into numbered lines of bounded length. Pure of any stream or socket. */

export interface Line {
  /** From 1; empty lines count. */
  number: number
  /** Undefined: longer than the bound, and left out. */
  bytes: Buffer | undefined
}

const NEWLINE = 0x0a

export class LineSplitter {
  readonly #maxBytes: number
  #pieces: Buffer[] = []
  #sizeBytes = 0
  #number = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The lines that end within `chunk`. */
  *push(chunk: Buffer): Generator<Line> {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end))
      start = end + 1
      yield this.#take()
    }
    this.#keep(chunk.subarray(start))
  }

  /** The last line, when no newline ended it. */
  *end(): Generator<Line> {
    if (this.#sizeBytes > 0) yield this.#take()
  }

  #keep(piece: Buffer): void {
    this.#sizeBytes += piece.length
    if (this.#sizeBytes > this.#maxBytes) this.#pieces = []
    else if (piece.length > 0) this.#pieces.push(piece)
  }

  #take(): Line {
    const isWhole = this.#sizeBytes <= this.#maxBytes
    const bytes = isWhole ? Buffer.concat(this.#pieces) : undefined
    this.#pieces = []
    this.#sizeBytes = 0
    this.#number++
    return { number: this.#number, bytes }
  }
}
