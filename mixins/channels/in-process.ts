/**
 * Channels within one process, for @moleculer/channels. A publish resolves once every group has
 * handled the message or has put it among the dead letters; retries wait longer each time. The
 * outbox that publishes is the record: what a crash interrupts is published again.
 */
import channels from '@moleculer/channels'
import type { Clock } from '../../kernel/clock.ts'
import type { StoredEvent } from '../store/store.ts'

type Channel = Parameters<InstanceType<typeof channels.Adapters.Base>['subscribe']>[0]

/** A message that a group could not handle, however often it was tried. */
export interface DeadLetter {
  channel: string
  group: string
  payload: StoredEvent
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
  /** By channel and group: of several handlers of one group, one gets the message. */
  private readonly subscriptions = new Map<string, Map<string, Channel>>()
  private readonly underWay = new Set<Promise<unknown>>()
  /** Each ends a pause between two attempts. */
  private readonly pauses = new Set<() => void>()
  private readonly options: InProcessOptions

  constructor(options: InProcessOptions) {
    super({})
    this.options = options
  }

  override async connect(): Promise<void> {
    this.connected = true
  }

  /** Waits for what is being handled; retries that wait are given up: the outbox has them. */
  override async disconnect(): Promise<void> {
    this.connected = false
    for (const end of this.pauses) end()
    await Promise.all(this.underWay)
  }

  override async subscribe(channel: Channel): Promise<void> {
    channel.unsubscribing = false
    const groups = this.subscriptions.get(channel.name)
    if (groups) groups.set(channel.group, channel)
    else this.subscriptions.set(channel.name, new Map([[channel.group, channel]]))
  }

  /**
   * The group remains: what is published to it fails, and so is not lost to it, until it is back.
   */
  override async unsubscribe(channel: Channel): Promise<void> {
    channel.unsubscribing = true
  }

  /** @throws Error a group has not got the message, once all are done with it */
  override async publish(
    name: string,
    payload: StoredEvent,
    { group }: PublishOptions = {},
  ): Promise<void> {
    if (!this.connected) throw new Error('the channels are not connected')
    const all = [...(this.subscriptions.get(name)?.values() ?? [])]
    const receivers = all.filter((channel) => group === undefined || group === channel.group)
    const delivery = Promise.allSettled(receivers.map((each) => this.deliver(each, payload)))
    this.underWay.add(delivery)
    const outcomes = await delivery
    this.underWay.delete(delivery)
    const failed = outcomes.find(({ status }) => status === 'rejected')
    if (failed) throw (failed as PromiseRejectedResult).reason
  }

  private async deliver(channel: Channel, payload: StoredEvent): Promise<void> {
    const { group, handler, maxRetries } = channel
    const attempts = maxRetries == null ? MAX_ATTEMPTS : maxRetries + 1
    const stopped = () => !this.connected || channel.unsubscribing
    let pauseMs = FIRST_PAUSE_MS
    for (let attempt = 1; ; attempt += 1) {
      if (stopped()) throw new Error(`${group} has stopped`)
      try {
        await handler(structuredClone(payload), {})
        return
      } catch (error) {
        if (stopped()) throw error
        if (attempt >= attempts) {
          const message = error instanceof Error ? error.message : String(error)
          const letter = { channel: channel.name, group, payload, attempts, error: message }
          await this.options.bury(letter)
          return
        }
      }
      await this.pause(pauseMs)
      pauseMs *= 2
    }
  }

  private pause(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancel()
        this.pauses.delete(end)
        resolve()
      }
      const cancel = this.options.clock.after(durationMs, end)
      this.pauses.add(end)
    })
  }
}
