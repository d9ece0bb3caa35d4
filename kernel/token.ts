/** Customers' tokens: JWTs (RFC 7519) signed with HS256; no other algorithm is accepted. */
import { errors, jwtVerify, SignJWT } from 'jose'

const ISSUER = 'stoa'
const AUDIENCE = 'stoa'
const LIFETIME_S = 24 * 3_600

export interface Claims {
  customerId: string
  /** Unix ms, a whole second. */
  expiresAt: number
}

export async function signToken(
  { customerId }: Pick<Claims, 'customerId'>,
  secret: Uint8Array,
  nowMs: number,
): Promise<{ token: string; expiresAt: number }> {
  const issuedAtS = Math.floor(nowMs / 1_000)
  const token = await new SignJWT()
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(customerId)
    .setIssuedAt(issuedAtS)
    .setExpirationTime(issuedAtS + LIFETIME_S)
    .sign(secret)
  return { token, expiresAt: (issuedAtS + LIFETIME_S) * 1_000 }
}

/** Undefined for whatever is not a token of ours that is good now. */
export async function verifyToken(
  token: string,
  secret: Uint8Array,
  nowMs: number,
): Promise<Claims | undefined> {
  try {
    const { payload } = await jwtVerify(token, secret, {
      algorithms: ['HS256'],
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ['exp', 'sub'],
      currentDate: new Date(nowMs),
    })
    return { customerId: payload.sub!, expiresAt: payload.exp! * 1_000 }
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined
    throw error
  }
}
