/**
 * Admission: what is too much is refused at once, by value. Two signs tell that there is too much:
 *
 * - requests that wait for their action: each class may fill a share of the places, so that
 *   browsing can never take the last ones from carts, nor those from orders and payments;
 * - a turn of the event loop that serves many requests for long: those at its end have waited as
 *   long already. What a class may take of one turn rises with its value, and a refusal costs
 *   little, so nearly the whole turn is spent on replies that still arrive in time.
 *
 * Operators are never refused; the number of connections bounds them.
 */
import type { Priority } from '../../kernel/contract.ts'

interface Bounds {
  inFlight: number
  turnMs: number
}

const BOUNDS: Record<Exclude<Priority, 'operate'>, Bounds> = {
  browse: { inFlight: 500, turnMs: 25 },
  cart: { inFlight: 700, turnMs: 50 },
  order: { inFlight: 850, turnMs: 100 },
  pay: { inFlight: 1_000, turnMs: 200 },
}
/** A turn that served fewer was held up by something else than requests. */
const CROWD = 32

export class Admission {
  readonly #now: () => number
  #inFlight = 0
  #turnStartedMs: number | undefined
  #turnCount = 0

  /** `now`: a monotonic time in ms. */
  constructor(now: () => number) {
    this.#now = now
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** False: refuse it. True: call `leave` when it has been served. */
  enter(priority: Priority): boolean {
    const waitedMs = this.#waitedMs()
    if (priority !== 'operate') {
      const { inFlight, turnMs } = BOUNDS[priority]
      const late = waitedMs > turnMs && this.#turnCount > CROWD
      if (late || this.#inFlight >= inFlight) return false
    }
    this.#turnCount++
    this.#inFlight++
    return true
  }

  leave(): void {
    this.#inFlight--
  }

  /** How long this turn of the event loop has been serving requests. */
  #waitedMs(): number {
    const now = this.#now()
    if (this.#turnStartedMs === undefined) {
      this.#turnStartedMs = now
      this.#turnCount = 0
      // Runs between turns, as setImmediate would, but joins those of one millisecond: the turns
      // that matter are far longer, and this costs a tenth.
      setTimeout(() => {
        this.#turnStartedMs = undefined
      }, 1)
    }
    return now - this.#turnStartedMs
  }
}
