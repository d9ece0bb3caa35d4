/** Time as a dependency, so that a simulation can own it. All times are Unix milliseconds. */
export interface Clock {
  now(): number
  /** Runs `task` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, task: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs)
    return () => clearTimeout(timer)
  },
}

export function sleep(clock: Clock, durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(durationMs, resolve)
  })
}

/**
 * Runs `task` again and again, `pauseMs` after the end of the run before. A run that fails is
 * reported and does not end the series. The returned function ends it and waits for a run under
 * way.
 */
export function repeat(
  clock: Clock,
  pauseMs: number,
  task: () => Promise<void>,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let stopped = false
  let cancel = () => {}
  let running = Promise.resolve()
  const schedule = () => {
    cancel = clock.after(pauseMs, () => {
      running = task()
        .catch(onError)
        .then(() => {
          if (!stopped) schedule()
        })
    })
  }
  schedule()
  return () => {
    stopped = true
    cancel()
    return running
  }
}

/** RFC 3339 in UTC with milliseconds. */
export function rfc3339(timeMs: number): string {
  return new Date(timeMs).toISOString()
}
