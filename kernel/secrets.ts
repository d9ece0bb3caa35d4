/** Secrets that a first start makes: kept beside the data, readable by the owner alone. */
import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const OPERATOR_KEY_FILE = 'operator-key'
export const JWT_SECRET_FILE = 'jwt-secret'

export interface Secret {
  value: string
  /** True when this start made it. */
  made: boolean
}

/** The secret kept in `dataDir/file`, made of 24 random bytes if there is none. */
export function keptSecret(dataDir: string, file: string, prefix = ''): Secret {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const path = join(dataDir, file)
  const kept = read(path)
  if (kept !== undefined) return { value: kept, made: false }
  const value = prefix + randomBytes(24).toString('base64url')
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, `${value}\n`, { mode: 0o600, flag: 'wx', flush: true })
  try {
    // A link fails where another process was first; a rename would replace its secret.
    linkSync(draft, path)
    return { value, made: true }
  } catch {
    return { value: read(path)!, made: false }
  } finally {
    unlinkSync(draft)
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
