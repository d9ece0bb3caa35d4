/** Identifiers: a prefix and 26 characters of base 32, which carry 128 bits. */
import { createHash, randomFillSync } from 'node:crypto'

export type IdPrefix = 'prod' | 'cat' | 'cart' | 'ord' | 'pay' | 'ref' | 'cus' | 'evt' | 'chg'

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** A UUIDv7 (RFC 9562): sorts by time, 74 random bits. */
export function newId(prefix: IdPrefix, nowMs: number): string {
  const bytes = nextRandom()
  bytes.writeUIntBE(nowMs, 0, 6)
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return `${prefix}_${encode(bytes)}`
}

/**
 * The same parts give the same id, on any node, after any crash: what makes a repeat find itself.
 */
export function derivedId(prefix: IdPrefix, ...parts: string[]): string {
  return `${prefix}_${encode(digest(parts).subarray(0, 16))}`
}

/** 26 characters that stand for the content of `parts`; equal only for equal parts. */
export function fingerprint(...parts: string[]): string {
  return encode(digest(parts).subarray(0, 16))
}

function digest(parts: string[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:${part};`)
  return hash.digest()
}

/** Random bytes are drawn for 256 ids at a time: one system call instead of 256. */
const pool = Buffer.alloc(256 * 16)
let poolOffset = pool.length

function nextRandom(): Buffer {
  if (poolOffset === pool.length) {
    randomFillSync(pool)
    poolOffset = 0
  }
  poolOffset += 16
  return pool.subarray(poolOffset - 16, poolOffset)
}

function encode(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += ALPHABET[(held >> bits) & 31]
    }
    held &= 31
  }
  return bits > 0 ? text + ALPHABET[(held << (5 - bits)) & 31] : text
}
