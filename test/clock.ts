/** A clock that stands still until a test moves it. */
import type { Clock } from '../kernel/clock.ts'

export interface TestClock extends Clock {
  /** Runs what falls due within `durationMs`, in order of time, each task at its own time. */
  advance(durationMs: number): void
  /** Resolves as soon as at least `count` tasks wait: what is tested has come to its pause. */
  scheduled(count: number): Promise<void>
}

interface Task {
  dueAt: number
  run(): void
}

export function createTestClock(startMs = Date.UTC(2030, 0, 1)): TestClock {
  let nowMs = startMs
  let tasks: Task[] = []
  let watchers: { count: number; resolve(): void }[] = []

  const tellWatchers = () => {
    const reached = watchers.filter(({ count }) => tasks.length >= count)
    watchers = watchers.filter(({ count }) => tasks.length < count)
    for (const { resolve } of reached) resolve()
  }

  return {
    now: () => nowMs,
    after(delayMs, run) {
      const task = { dueAt: nowMs + Math.max(0, delayMs), run }
      tasks.push(task)
      tellWatchers()
      return () => {
        tasks = tasks.filter((other) => other !== task)
      }
    },
    advance(durationMs) {
      const endMs = nowMs + durationMs
      for (;;) {
        const next = tasks.reduce<Task | undefined>(
          (first, task) => (first && first.dueAt <= task.dueAt ? first : task),
          undefined,
        )
        if (!next || next.dueAt > endMs) break
        tasks = tasks.filter((task) => task !== next)
        nowMs = next.dueAt
        next.run()
      }
      nowMs = endMs
    },
    scheduled(count) {
      return new Promise((resolve) => {
        watchers.push({ count, resolve })
        tellWatchers()
      })
    },
  }
}
