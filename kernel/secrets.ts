/** Secrets that a first start makes: kept beside the data, readable by the owner alone. */
import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EnvError } from './env.ts'

export const OPERATOR_KEY_FILE = 'operator-key'
export const JWT_SECRET_FILE = 'jwt-secret'

export interface Secret {
  value: string
  /** True when this start made it. */
  made: boolean
}

/**
 * The secret kept in `dataDir/file`, made of 24 random bytes if there is none.
 * @throws EnvError the file is there and empty
 */
export function keptSecret(dataDir: string, file: string, prefix = ''): Secret {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const path = join(dataDir, file)
  const kept = read(path)
  if (kept !== undefined) return { value: kept, made: false }
  const value = prefix + randomBytes(24).toString('base64url')
  // Not named by the process: in containers all have the same id.
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  writeFileSync(draft, `${value}\n`, { mode: 0o600, flag: 'wx', flush: true })
  try {
    // A link fails where another process was first; a rename would replace its secret.
    linkSync(draft, path)
    return { value, made: true }
  } catch (error) {
    const others = read(path)
    if (others === undefined) throw error
    return { value: others, made: false }
  } finally {
    unlinkSync(draft)
  }
}

function read(path: string): string | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const secret = text.trim()
  if (secret === '') throw new EnvError(`${path} is empty: remove it, and a start makes a new one`)
  return secret
}
