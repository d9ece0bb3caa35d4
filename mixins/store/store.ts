/**
 * The store: documents in collections, written by conditional commits. The interface is all that
 * the rest of Stoa knows of a database; embedded.ts and mongo.ts implement it and one conformance
 * suite (test/conformance) holds them to it.
 */

/**
 * JSON values only; every document has an id and a version from 1 that each write raises. A field
 * that is queried bears scalars of one type in all documents that have it.
 */
export interface Document {
  id: string
  version: number
}

export type Scalar = string | number | boolean

export interface Index {
  /** Dotted paths into the document, in order: `['customerId', 'createdAt', 'id']`. */
  fields: readonly string[]
  /** Leaves out documents that lack the first field. */
  sparse?: boolean
}

/** A declared collection: name, shard key and the indexes that its queries need. */
export interface Collection<D extends Document = Document> {
  name: string
  /** The field that bears the shard key; `id` where the document itself is the shard. */
  shardKey: string
  distribution: 'hashed' | 'range'
  shards: number
  indexes: readonly Index[]
  /** Type only; never set. */
  readonly documentType?: D
}

export function collection<D extends Document>(
  declaration: Omit<Collection<D>, 'documentType'>,
): Collection<D> {
  return declaration
}

/** A field equals the scalar, is one of `in`, or lies between the bounds given. */
export type Condition =
  | Scalar
  | { in: readonly Scalar[] }
  | { gt?: Scalar; gte?: Scalar; lt?: Scalar; lte?: Scalar }

export interface Query {
  /** All must hold; keys are dotted paths. A document that lacks the field does not match. */
  where?: Readonly<Record<string, Condition>>
  /**
   * Total order; should end with `id` so that pages never overlap. A document that lacks one of the
   * fields is left out.
   */
  sort?: readonly (readonly [field: string, direction: 1 | -1])[]
  /** The sort fields' values of the last document of the page before: continue behind it. */
  after?: readonly Scalar[]
  /** 1 to 10,000. */
  limit: number
}

/** An event leaves with the commit that caused it; the outbox relays it afterwards. */
export interface StoredEvent {
  /** Unique for ever, derived from the document and version that caused it. */
  id: string
  /** `order.paid`: the channel that it is published on. */
  type: string
  /** Events of one key are relayed in commit order. */
  key: string
  /** Unix ms. */
  at: number
  payload: unknown
}

export type Write =
  | { op: 'insert'; collection: Collection; document: Document }
  | { op: 'replace'; collection: Collection; document: Document; ifVersion: number }
  | { op: 'remove'; collection: Collection; id: string; ifVersion: number }

export interface Commit {
  /** The shard key that every written document bears. */
  key: string
  /** At most one write per document; 1 to 10,000 writes. */
  writes: readonly Write[]
  events?: readonly StoredEvent[]
}

/** What a reader gets is its own copy or frozen: no reader can change what another sees. */
export interface Store {
  /** Opens or waits for the database, creates what is missing. */
  open(): Promise<void>
  /** Finishes commits under way, then closes. */
  close(): Promise<void>
  /** The current document, or undefined. */
  get<D extends Document>(from: Collection<D>, id: string): Promise<D | undefined>
  /** In the order of `ids`, undefined where there is none. */
  getMany<D extends Document>(
    from: Collection<D>,
    ids: readonly string[],
  ): Promise<(D | undefined)[]>
  find<D extends Document>(from: Collection<D>, query: Query): Promise<D[]>
  count(from: Collection, where?: Query['where']): Promise<number>
  /**
   * All writes and events, or nothing. Resolves when they survive power loss.
   * @throws ConflictError a condition did not hold: nothing was written
   * @throws TypeError the commit is not one: nothing was written
   * @throws UnavailableError the outcome may be unknown: read before trusting memory
   */
  commit(commit: Commit): Promise<void>
  /** Committed events that were not settled yet, oldest first, committed before `beforeMs`. */
  pendingEvents(limit: number, beforeMs: number): Promise<StoredEvent[]>
  /** How many events wait, and the `at` of the oldest. */
  eventLag(): Promise<{ pending: number; oldestAt: number | undefined }>
  /** Forgets events that have been relayed. Unknown ids are ignored. */
  settleEvents(ids: readonly string[]): Promise<void>
}

export class ConflictError extends Error {
  override readonly name = 'ConflictError'
}

/** The database cannot be written or reached now: disk full, fail-over, time-out. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError'
}

/** The database must not be used: damaged, of a newer schema, sharded on other keys. */
export class StoreRefused extends Error {
  override readonly name = 'StoreRefused'
}
