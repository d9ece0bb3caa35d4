/** Calls actions for requests: with a deadline that travels along, and never beyond it. */
import type { Clock } from '../../kernel/clock.ts'
import type { AnyAction, Priority } from '../../kernel/contract.ts'
import { restOf } from './parameters.ts'
import type { Waits } from './waits.ts'

export const WAIT_MS = 10_000
/** Audits and imports go through much. */
const OPERATE_WAIT_MS = 60_000

export interface Broker {
  call(name: string, params: unknown, options: object): Promise<unknown>
}

export class ActionCaller {
  readonly #broker: Broker
  readonly #waits: Waits
  readonly #clock: Clock
  readonly #payWaitMs: number

  /** `paymentWaitMs`: how long an action of priority `pay` may itself wait for others. */
  constructor(broker: Broker, waits: Waits, clock: Clock, paymentWaitMs: number) {
    this.#broker = broker
    this.#waits = waits
    this.#clock = clock
    this.#payWaitMs = Math.max(WAIT_MS, paymentWaitMs + 5_000)
  }

  /** @throws whatever the call fails with; `unavailable` once the deadline has passed */
  call(action: AnyAction, params: unknown, requestId: string): Promise<unknown> {
    const deadline = this.#clock.now() + this.#waitMs(restOf(action).priority)
    const options = { meta: { deadline, requestId }, requestID: requestId }
    return this.#waits.until(deadline, this.#broker.call(action.name, params, options))
  }

  #waitMs(priority: Priority): number {
    if (priority === 'pay') return this.#payWaitMs
    return priority === 'operate' ? OPERATE_WAIT_MS : WAIT_MS
  }
}
