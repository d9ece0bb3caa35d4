/**
 * Binds the operators' questions to the broker's registry, the services' audits and the channels.
 */
import type { ServiceBroker, ServiceSchema } from 'moleculer'
import { type Clock, rfc3339 } from '../../kernel/clock.ts'
import { type Caller, call } from '../../kernel/contract.ts'
import { deadLetters } from '../../mixins/channels/dead-letters.ts'
import { implement } from '../../mixins/service.ts'
import { decodeCursor, encodeCursor } from '../../mixins/store/cursor.ts'
import type { Store, StoredEvent } from '../../mixins/store/store.ts'
import { inventoryContract } from '../inventory/inventory.contract.ts'
import { orderContract } from '../order/order.contract.ts'
import { paymentContract } from '../payment/payment.contract.ts'
import { deadLetterNotFound, operatorContract } from './operator.contract.ts'

export interface OperatorDependencies {
  store: Store
  clock: Clock
  /** The keyed services and into how many shards each is divided. */
  shards: readonly { service: string; count: number }[]
  /** Of this program; a node of another version says so itself. */
  version: string
  /** Delivers to one group of one channel. */
  redeliver(channel: string, group: string, event: StoredEvent): Promise<void>
}

export function operatorService(dependencies: OperatorDependencies): ServiceSchema {
  const { store, clock } = dependencies

  const schema = implement(
    operatorContract,
    {
      async cluster(_params, context) {
        const nodes = clusterNodes(context.broker, dependencies.version)
        const shards = dependencies.shards.flatMap(({ service, count }) => {
          const owner = nodes.find(({ services }) => services.includes(service))?.id
          if (!owner) return []
          return Array.from({ length: count }, (_, shard) => ({ service, shard, owner }))
        })
        return { nodes, shards }
      },

      async audit(_params, context) {
        const audits = [inventoryContract, paymentContract, orderContract].map(({ actions }) =>
          call(context as Caller, actions.audit, {}),
        )
        const violations = (await Promise.all(audits)).flatMap((audit) => audit.violations)
        const { pending, oldestAt } = await store.eventLag()
        const oldestMs = oldestAt === undefined ? 0 : Math.max(0, clock.now() - oldestAt)
        return { ok: violations.length === 0, violations, outbox: { pending, oldestMs } }
      },

      async deadLetters({ limit, cursor }) {
        const after = cursor === undefined ? undefined : decodeCursor(cursor, ['number', 'string'])
        const found = await store.find(deadLetters, {
          sort: [
            ['at', -1],
            ['id', -1],
          ],
          limit: limit + 1,
          ...(after ? { after } : {}),
        })
        const items = found.slice(0, limit).map(({ version: _, at, ...letter }) => {
          return { ...letter, at: rfc3339(at) }
        })
        const last = found[limit - 1]
        const more = found.length > limit && last
        return { items, nextCursor: more ? encodeCursor([last.at, last.id]) : null }
      },

      async replay({ id }) {
        const letter = await store.get(deadLetters, id)
        if (!letter) throw deadLetterNotFound('there is no such dead letter')
        await dependencies.redeliver(letter.channel, letter.group, letter.payload)
        const after = await store.get(deadLetters, id)
        if (after?.version !== letter.version) return { replayed: false }
        await store.commit({
          key: id,
          writes: [{ op: 'remove', collection: deadLetters, id, ifVersion: letter.version }],
        })
        return { replayed: true }
      },
    },
    clock,
  )
  return schema
}

interface ListedNode {
  id: string
  available: boolean
  local: boolean
  services?: { name: string }[]
  metadata?: { version?: string; ready?: boolean }
}

function clusterNodes(broker: ServiceBroker, version: string) {
  const listed = broker.registry.getNodeList({ withServices: true }) as unknown as ListedNode[]
  return listed
    .filter(({ available }) => available)
    .map(({ id, services = [], metadata }) => ({
      id,
      services: services.map(({ name }) => name).filter((name) => !name.startsWith('$')),
      version: metadata?.version ?? version,
      ready: metadata?.ready ?? true,
    }))
}
