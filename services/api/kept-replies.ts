/**
 * Replies of public routes, kept with their serialised body until something that they show is
 * changed. What is asked for most is counted, so that a warm-up knows what to load.
 */

import type { Clock } from '../../kernel/clock.ts'
import type { AnyAction } from '../../kernel/contract.ts'
import { Cache } from '../../mixins/caching/cache.ts'
import { Popularity } from '../../mixins/caching/popularity.ts'
import { canonicalJson } from './json.ts'
import { restOf } from './parameters.ts'

export interface Kept {
  result: unknown
  body: string
}

type Ask = (action: AnyAction, params: unknown) => Promise<unknown>

const MAX_ENTRIES = 10_000

export class KeptReplies {
  readonly #cache: Cache<Kept>
  readonly #popular = new Map<AnyAction, Popularity>()

  constructor(clock: Clock) {
    this.#cache = new Cache(clock, MAX_ENTRIES)
  }

  /** The reply, kept or asked for. What was asked for once only would push out what is popular. */
  find(action: AnyAction, params: unknown, ask: Ask): Kept | Promise<Kept> {
    const asked = canonicalJson(params)
    const isFirst = this.#popularityOf(action).count(asked) === 1
    const kept = this.#cache.get(keyOf(action, asked))
    if (kept) return kept
    return isFirst ? reply(action, params, ask) : this.#load(action, asked, params, ask)
  }

  /** Loads what was asked for most, as far as it is not kept yet; how many replies, by route. */
  async warm(ask: Ask): Promise<Record<string, number>> {
    const warmed: Record<string, number> = {}
    for (const [action, popularity] of this.#popular) {
      const { path, cache } = restOf(action)
      warmed[path] = 0
      for (const asked of popularity.top(cache?.warm ?? 0)) {
        const kept = this.#cache.get(keyOf(action, asked))
        // What cannot be loaded any more was popular once.
        const loaded =
          kept ?? (await this.#load(action, asked, JSON.parse(asked), ask).catch(() => undefined))
        if (loaded) warmed[path] += 1
      }
    }
    return warmed
  }

  drop(tags: readonly string[]): number {
    return tags.reduce((dropped, tag) => dropped + this.#cache.drop(tag), 0)
  }

  #load(action: AnyAction, asked: string, params: unknown, ask: Ask): Promise<Kept> {
    const { cache, cacheTags } = restOf(action)
    return this.#cache.load(keyOf(action, asked), (cache?.keepS ?? 0) * 1_000, async () => {
      const value = await reply(action, params, ask)
      return { value, tags: cacheTags?.(value.result) ?? [] }
    })
  }

  #popularityOf(action: AnyAction): Popularity {
    const known = this.#popular.get(action)
    if (known) return known
    const counted = new Popularity()
    this.#popular.set(action, counted)
    return counted
  }
}

async function reply(action: AnyAction, params: unknown, ask: Ask): Promise<Kept> {
  const result = await ask(action, params)
  return { result, body: JSON.stringify(result) }
}

function keyOf(action: AnyAction, asked: string): string {
  return `${action.name} ${asked}`
}
