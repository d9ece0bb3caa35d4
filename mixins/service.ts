/**
 * Binds a contract to the network: every action of the contract gets its handler, typed by it, and
 * nothing else is published. Parameters were checked at the edge; a call between services is
 * checked by the compiler.
 */
import type { Context, ServiceSchema } from 'moleculer'
import type { Clock } from '../kernel/clock.ts'
import type { AnyActionDefinition, Contract, ParamsOf, ResultOf } from '../kernel/contract.ts'
import { unavailable } from '../kernel/errors.ts'

/** Travels with every call that a request causes. */
export interface CallMeta {
  /** Unix ms after which nobody waits for the answer any more: work that is later is dropped. */
  deadline?: number
  requestId?: string
}

export type CallContext = Context<unknown, CallMeta>

export type Handlers<A extends Record<string, AnyActionDefinition>> = {
  [K in keyof A]: (
    params: ParamsOf<A[K]>,
    context: CallContext,
  ) => Promise<ResultOf<A[K]>> | ResultOf<A[K]>
}

/** The `actions` and `name` of a Moleculer service schema. */
export function implement<A extends Record<string, AnyActionDefinition>>(
  contract: Contract<A>,
  handlers: Handlers<A>,
  clock: Clock,
): ServiceSchema {
  const actions: Record<string, unknown> = {}
  for (const [name, handler] of Object.entries(handlers)) {
    actions[name] = {
      handler(context: CallContext) {
        const { deadline } = context.meta
        if (deadline !== undefined && clock.now() > deadline) {
          throw unavailable('the deadline of this request has passed')
        }
        return handler(context.params as never, context)
      },
    }
  }
  return {
    name: contract.name,
    metadata: { contractVersion: contract.version },
    actions,
  } as ServiceSchema
}
