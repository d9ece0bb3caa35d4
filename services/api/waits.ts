/**
 * Bounds the wait for an answer. One timer for all of them: a deadline may be noticed up to 250 ms
 * late, and a request that is answered in time costs no timer.
 */
import type { Clock } from '../../kernel/clock.ts'
import { unavailable } from '../../kernel/errors.ts'

const CHECK_MS = 250

interface Wait {
  deadline: number
  reject(error: Error): void
}

export class Waits {
  readonly #clock: Clock
  readonly #waits = new Set<Wait>()
  #cancel: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** As `answer`, but rejects with `unavailable` once `deadline` (Unix ms) has passed. */
  until<T>(deadline: number, answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const wait = { deadline, reject }
      this.#waits.add(wait)
      this.#cancel ??= this.#clock.after(CHECK_MS, this.#check)
      answer.then(
        (value) => {
          this.#waits.delete(wait)
          resolve(value)
        },
        (error) => {
          this.#waits.delete(wait)
          reject(error)
        },
      )
    })
  }

  readonly #check = () => {
    this.#cancel = undefined
    const now = this.#clock.now()
    for (const wait of this.#waits) {
      if (wait.deadline > now) continue
      this.#waits.delete(wait)
      wait.reject(unavailable('no answer came in time'))
    }
    if (this.#waits.size > 0) this.#cancel = this.#clock.after(CHECK_MS, this.#check)
  }
}
