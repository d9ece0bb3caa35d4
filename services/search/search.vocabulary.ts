/**
 * The terms of all products: numbered, counted, and in order for prefixes. A term that no product
 * bears any more keeps its number until the index is compacted; then another may have it.
 */
import { ownString, roomFor } from './search.columns.ts'

/** New terms wait in a shorter list of their own, so that adding one does not move all. */
const MIN_RECENT = 1_024
const RECENT_SHARE = 1 / 8

export class Vocabulary {
  readonly words: string[] = []
  /** In how many live products the term stands. */
  frequencies = new Int32Array(0)
  /** What `signature` tells of each term. */
  signatures = new Int32Array(0)
  private readonly ids = new Map<string, number>()
  /** How the term is written, where that is not the term itself. */
  private readonly surfaces: (string | undefined)[] = []
  private readonly free: number[] = []
  private byLength: number[][] = []
  private sorted: number[] = []
  private recent: number[] = []

  find(word: string): number | undefined {
    return this.ids.get(word)
  }

  intern(word: string, surface: string): number {
    const known = this.ids.get(word)
    if (known === undefined) return this.add(ownString(word), surface)
    if (this.surfaces[known] !== undefined) this.refine(known, word, surface)
    return known
  }

  /** As people write it: the shortest form seen. */
  surface(id: number): string {
    return this.surfaces[id] ?? this.words[id]!
  }

  /** The terms with that many letters and no digits. */
  ofLength(length: number): readonly number[] {
    return this.byLength[length] ?? []
  }

  /** The terms in live products that begin with `prefix`, the most frequent first. */
  startingWith(prefix: string, limit: number): number[] {
    const best: number[] = []
    for (const list of [this.sorted, this.recent]) {
      const end = this.lowerBound(list, `${prefix}\uffff`)
      for (let at = this.lowerBound(list, prefix); at < end; at += 1) {
        this.keepBest(best, list[at]!, limit)
      }
    }
    return best
  }

  /** Forgets the terms that no live product bears. */
  compact(): void {
    const isBorne = (id: number) => this.frequencies[id]! > 0
    const dropped = [...this.sorted, ...this.recent].filter((id) => !isBorne(id))
    this.sorted = this.sorted.filter(isBorne)
    this.recent = this.recent.filter(isBorne)
    this.byLength = this.byLength.map((ids) => ids.filter(isBorne))
    for (const id of dropped) {
      this.ids.delete(this.words[id]!)
      this.surfaces[id] = undefined
      this.words[id] = ''
      this.signatures[id] = 0
      this.free.push(id)
    }
  }

  private add(word: string, surface: string): number {
    const id = this.free.pop() ?? this.words.length
    this.words[id] = word
    this.ids.set(word, id)
    this.surfaces[id] = surface === word ? undefined : ownString(surface)
    this.frequencies = roomFor(this.frequencies, id + 1)
    this.signatures = roomFor(this.signatures, id + 1)
    this.frequencies[id] = 0
    this.signatures[id] = signature(word)
    if (this.signatures[id] !== 0) {
      this.byLength[word.length] ??= []
      this.byLength[word.length]!.push(id)
    }
    this.recent.splice(this.lowerBound(this.recent, word), 0, id)
    if (this.recent.length > MIN_RECENT + RECENT_SHARE * this.sorted.length) this.mergeRecent()
    return id
  }

  private refine(id: number, word: string, surface: string): void {
    const known = this.surfaces[id]!
    if (surface === word) this.surfaces[id] = undefined
    else if (
      surface.length < known.length ||
      (surface.length === known.length && surface < known)
    ) {
      this.surfaces[id] = ownString(surface)
    }
  }

  private keepBest(best: number[], id: number, limit: number): void {
    const { frequencies, words } = this
    const frequency = frequencies[id]!
    if (frequency === 0) return
    let at = best.length
    while (at > 0) {
      const other = best[at - 1]!
      if (frequencies[other]! > frequency) break
      if (frequencies[other] === frequency && words[other]! < words[id]!) break
      at -= 1
    }
    if (at === limit) return
    best.splice(at, 0, id)
    if (best.length > limit) best.pop()
  }

  private mergeRecent(): void {
    const { sorted, recent, words } = this
    const merged: number[] = []
    let next = 0
    for (const id of sorted) {
      while (next < recent.length && words[recent[next]!]! < words[id]!)
        merged.push(recent[next++]!)
      merged.push(id)
    }
    while (next < recent.length) merged.push(recent[next++]!)
    this.sorted = merged
    this.recent = []
  }

  private lowerBound(list: readonly number[], word: string): number {
    let low = 0
    let high = list.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.words[list[middle]!]! < word) low = middle + 1
      else high = middle
    }
    return low
  }
}

/**
 * Which letters a word has, one bit each, for a quick look at how far two are apart; 0 for a word
 * with a digit, which never is a misspelling.
 */
export function signature(word: string): number {
  let letters = 0
  for (let at = 0; at < word.length; at += 1) {
    const code = word.charCodeAt(at)
    if (code >= 97 && code <= 122) letters |= 1 << (code - 97)
    else if (code < 128 || isDigit(word[at]!)) return 0
    else letters |= 1 << (code % 32)
  }
  return letters
}

function isDigit(character: string): boolean {
  return /\p{N}/u.test(character)
}
