/** Speaks to a server byte by byte, as no HTTP client would. */
import { connect } from 'node:net'

export interface RawReply {
  /** Everything that came before the connection was closed. */
  text: string
  /** The status of the first reply; undefined without one. */
  status: number | undefined
  /** The JSON of the first reply's body, if it has one. */
  body: Record<string, unknown> | undefined
}

/** Sends `parts` one after the other, and resolves when the server has closed the connection. */
export function sendRaw(
  port: number,
  parts: readonly (string | Buffer)[],
  pauseMs = 0,
): Promise<RawReply> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const received: Buffer[] = []
    let timer: NodeJS.Timeout
    const sendNext = (index: number) => {
      if (index === parts.length || socket.destroyed) return
      socket.write(parts[index]!)
      timer = setTimeout(() => sendNext(index + 1), pauseMs)
    }
    socket.on('connect', () => sendNext(0))
    socket.on('data', (chunk) => received.push(chunk))
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(read(Buffer.concat(received).toString()))
    })
  })
}

function read(text: string): RawReply {
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(text) ?? []
  const length = Number(/\r\nContent-Length: (\d+)/i.exec(text)?.[1] ?? 0)
  const start = text.indexOf('\r\n\r\n') + 4
  const body = text.slice(start, start + length)
  return {
    text,
    status: status === undefined ? undefined : Number(status),
    body: body.startsWith('{') ? JSON.parse(body) : undefined,
  }
}
