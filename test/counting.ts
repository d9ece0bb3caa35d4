/**
 * The least that an actor can do, on the documents of the conformance tests: `rank` is the count.
 */
import { refusal } from '../kernel/errors.ts'
import { behaviour, put, type Read, ref } from '../mixins/actor/behaviour.ts'
import { type Thing, things } from './conformance/store.things.ts'

export interface OnThing {
  id: string
  owner: string
}

export const soldOut = refusal('sold_out', 409, 'Sold out')

const reads = ({ id }: OnThing) => [ref(things, id)]

function changed(read: Read, { id, owner }: OnThing, amount: number): Thing {
  const { version = 0, rank = 0, ...rest } = read(things, id) ?? {}
  return { ...rest, id, owner, version: version + 1, rank: rank + amount }
}

/** Replies with the count; its event bears it. */
export const add = behaviour<OnThing, number>({
  reads,
  decide(command, read) {
    const thing = changed(read, command, 1)
    const payload = { id: thing.id, rank: thing.rank }
    return {
      put: [put(things, thing)],
      events: [{ type: 'thing.added', payload }],
      reply: thing.rank!,
    }
  },
})

/** @throws Refusal `sold_out`: the count is 0 */
export const take = behaviour<OnThing, number>({
  reads,
  decide(command, read) {
    const thing = changed(read, command, -1)
    if (thing.rank! < 0) throw soldOut(`there is no ${command.id} left`)
    return { put: [put(things, thing)], reply: thing.rank! }
  },
})

export const look = behaviour<OnThing, number | undefined>({
  reads,
  decide: ({ id }, read) => ({ reply: read(things, id)?.rank }),
})

export const drop = behaviour<OnThing, boolean>({
  reads,
  decide: ({ id }, read) =>
    read(things, id) ? { remove: [ref(things, id)], reply: true } : { reply: false },
})
