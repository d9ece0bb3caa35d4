/** What the gateway itself may refuse a request with, before or instead of the action behind it. */
import Type from 'typebox'
import { object } from '../../kernel/contract.ts'
import { refusal } from '../../kernel/errors.ts'

export const invalidRequest = refusal('invalid_request', 400, 'Not an HTTP request')
export const invalidEncoding = refusal('invalid_encoding', 400, 'Invalid percent-encoding')
export const repeatedParameter = refusal('repeated_parameter', 400, 'Parameter given twice')
export const invalidUtf8 = refusal('invalid_utf8', 400, 'Not UTF-8')
export const invalidJson = refusal('invalid_json', 400, 'Not JSON')
export const duplicateKey = refusal('duplicate_key', 400, 'Duplicate key in JSON')
export const jsonTooDeep = refusal('json_too_deep', 400, 'JSON too deep')
export const forbiddenKey = refusal('forbidden_key', 400, 'Forbidden key in JSON')
export const idempotencyKeyRequired = refusal(
  'idempotency_key_required',
  400,
  'Idempotency-Key required',
)
export const idempotencyKeyInvalid = refusal(
  'idempotency_key_invalid',
  400,
  'Invalid Idempotency-Key',
)
export const authenticationRequired = refusal(
  'authentication_required',
  401,
  'Authentication required',
)
export const invalidToken = refusal('invalid_token', 401, 'Invalid token or key')
export const forbidden = refusal('forbidden', 403, 'Not allowed')
export const routeNotFound = refusal('route_not_found', 404, 'No such route')
export const notFound = refusal('not_found', 404, 'Not found')
export const methodNotAllowed = refusal('method_not_allowed', 405, 'Method not allowed')
export const requestTimeout = refusal('request_timeout', 408, 'Request too slow')
export const bodyTooLarge = refusal('body_too_large', 413, 'Body too large')
export const unsupportedMediaType = refusal('unsupported_media_type', 415, 'Unsupported media type')
export const preconditionRequired = refusal('precondition_required', 428, 'If-Match required')
export const rateLimited = refusal('rate_limited', 429, 'Too many requests')
export const headersTooLarge = refusal('headers_too_large', 431, 'Headers too large')
export const internal = refusal('internal', 500, 'Internal error')

/** `validation_failed` as the gateway makes it: with every field that is not as it should be. */
export const invalidFields = refusal(
  'validation_failed',
  422,
  'Validation failed',
  object({ errors: Type.Array(object({ field: Type.String(), message: Type.String() })) }),
)
