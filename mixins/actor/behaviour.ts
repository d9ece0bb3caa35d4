/**
 * What an actor does, as values: which documents a command reads and what it decides on them. Pure:
 * the runtime (actor.ts) loads, commits and replies. A decision's safety may rest only on documents
 * that it writes, for only their versions are checked by the commit.
 */
import type { Refusal } from '../../kernel/errors.ts'
import type { Collection, Document } from '../store/store.ts'

export interface Ref<D extends Document = Document> {
  collection: Collection<D>
  id: string
}

export function ref<D extends Document>(collection: Collection<D>, id: string): Ref<D> {
  return { collection, id }
}

/** Documents as the command finds them, earlier commands of the same batch included. */
export type Read = <D extends Document>(from: Collection<D>, id: string) => D | undefined

export interface Put {
  collection: Collection
  /** A new document has version 1, a changed one the version before + 1. */
  document: Document
}

export function put<D extends Document>(collection: Collection<D>, document: D): Put {
  return { collection, document }
}

/** An event as a decision states it; the runtime adds id, key and time. */
export interface DecidedEvent {
  /** `order.paid` */
  type: string
  payload: Record<string, unknown>
}

export interface Decision<R> {
  put?: readonly Put[]
  remove?: readonly Ref[]
  events?: readonly DecidedEvent[]
  /** What the sender is told once the writes are committed. */
  reply: R
}

export interface Behaviour<C, R> {
  /** The documents that `decide` will read; asked again until it names nothing new. */
  reads(command: C, read: Read): readonly Ref[]
  /**
   * @throws Refusal nothing is written, and the sender is told
   */
  decide(command: C, read: Read, nowMs: number): Decision<R> | Refused
}

/** A refusal that is itself remembered: it is told after the writes are committed. */
export interface Refused {
  refuse: Refusal
  put?: readonly Put[]
}

/** Types one behaviour. */
export function behaviour<C, R>(definition: Behaviour<C, R>): Behaviour<C, R> {
  return definition
}
