/** The documents that the conformance tests write. */
import {
  type Collection,
  type Commit,
  collection,
  type Document,
} from '../../mixins/store/store.ts'

export interface Thing extends Document {
  owner: string
  name?: string
  rank?: number
  open?: boolean
  due?: { at?: number }
  bag?: Record<string, unknown>
}

export const things = collection<Thing>({
  name: 'things',
  shardKey: 'owner',
  distribution: 'hashed',
  shards: 4,
  indexes: [
    { fields: ['owner', 'rank', 'id'] },
    { fields: ['owner', 'name'] },
    { fields: ['due.at', 'id'], sparse: true },
  ],
})

export interface Counter extends Document {
  count: number
}

export const counters = collection<Counter>({
  name: 'counters',
  shardKey: 'id',
  distribution: 'hashed',
  shards: 4,
  indexes: [],
})

/** What a store under test must be created with. */
export const conformanceCollections: readonly Collection[] = [things, counters]

let owners = 0

/** A shard key that no other test has used. */
export function newOwner(): string {
  owners += 1
  return `owner${owners}`
}

/** A commit that inserts `documents`, all of one owner. */
export function insert(owner: string, ...documents: Thing[]): Commit {
  return {
    key: owner,
    writes: documents.map((document) => ({ op: 'insert', collection: things, document })),
  }
}
