/**
 * Channels within one process, for @moleculer/channels. A publish resolves once every group has
 * handled the message or has put it among the dead letters; retries wait longer each time. The
 * outbox that publishes is the record: what a crash interrupts is published again.
 */
import channels from '@moleculer/channels'
import { type Clock, sleep } from '../../kernel/clock.ts'

type Channel = Parameters<InstanceType<typeof channels.Adapters.Base>['subscribe']>[0]

/** A message that a group could not handle, however often it was tried. */
export interface DeadLetter {
  channel: string
  group: string
  payload: unknown
  attempts: number
  error: string
}

export interface InProcessOptions {
  clock: Clock
  /** Keeps a message for the operator; a failure fails the publish, so that it comes again. */
  bury(letter: DeadLetter): Promise<void>
}

interface PublishOptions {
  /** Only this group gets the message: it is replayed from the dead letters. */
  group?: string
}

const MAX_ATTEMPTS = 6
const FIRST_PAUSE_MS = 100

export class InProcessChannels extends channels.Adapters.Base {
  private readonly subscriptions = new Map<string, Channel[]>()
  private readonly underWay = new Set<Promise<unknown>>()
  private readonly options: InProcessOptions
  private stopping = false

  constructor(options: InProcessOptions) {
    super({})
    this.options = options
  }

  override async connect(): Promise<void> {
    this.connected = true
  }

  /** Waits for what is being handled; retries that wait are given up: the outbox has them. */
  override async disconnect(): Promise<void> {
    this.stopping = true
    await Promise.allSettled(this.underWay)
    this.connected = false
  }

  override async subscribe(channel: Channel): Promise<void> {
    const groups = this.subscriptions.get(channel.name) ?? []
    this.subscriptions.set(channel.name, [...groups, channel])
  }

  override async unsubscribe(channel: Channel): Promise<void> {
    const groups = this.subscriptions.get(channel.name) ?? []
    this.subscriptions.set(
      channel.name,
      groups.filter(({ id }) => id !== channel.id),
    )
  }

  override async publish(name: string, payload: unknown, options: PublishOptions = {}) {
    const groups = (this.subscriptions.get(name) ?? []).filter(
      ({ group }) => options.group === undefined || group === options.group,
    )
    const delivery = Promise.all(groups.map((group) => this.deliver(group, payload)))
    this.underWay.add(delivery)
    try {
      await delivery
    } finally {
      this.underWay.delete(delivery)
    }
  }

  private async deliver(subscription: Channel, payload: unknown): Promise<void> {
    const attempts = subscription.maxRetries == null ? MAX_ATTEMPTS : subscription.maxRetries + 1
    let pauseMs = FIRST_PAUSE_MS
    for (let attempt = 1; ; attempt += 1) {
      try {
        await subscription.handler(structuredClone(payload), { payload })
        return
      } catch (error) {
        if (this.stopping) throw error
        if (attempt >= attempts) {
          const { name: channel, group } = subscription
          const message = error instanceof Error ? error.message : String(error)
          await this.options.bury({ channel, group, payload, attempts, error: message })
          return
        }
      }
      await sleep(this.options.clock, pauseMs)
      pauseMs *= 2
    }
  }
}
