/** Completions: how what was typed may go on, by what the products' names say. */
import { correction, meetings } from './search.correction.ts'
import type { Documents } from './search.documents.ts'
import { POSITIONS_MASK } from './search.postings.ts'
import type { Terms } from './search.query.ts'
import { chunks, STOP_WORDS } from './search.text.ts'

const MAX_COMPLETIONS = 8
/** How many of the completions are looked at for the words that follow them. */
const MAX_CONTINUED = 3
/** How many products, and how many names among them, are looked at for those words. */
const MAX_PRODUCTS = 512
const MAX_NAMES = 64
/** A word that follows in fewer names is chance. */
const MIN_FOLLOWERS = 2
const MIN_FOLLOWER_CHARS = 3

interface Idea {
  text: string
  /** About how many products bear it. */
  count: number
}

/** At most `limit` texts that go on from `q`, the most frequent first; all in lower case. */
export function suggest(q: string, limit: number, terms: Terms): string[] {
  const typed = typedOf(q, terms)
  if (!typed) return []
  const { ends, before, previous } = typed
  const counts = bearers(ends, previous, terms)
  const ideas = ends.map((end, at) => ({ end, count: counts[at]! }))
  ideas.sort((a, b) => b.count - a.count)
  const texts = ideas.flatMap(({ end, count }, rank): Idea[] => {
    if (count === 0) return []
    const text = [...before, terms.vocabulary.surface(end)].join(' ')
    const further = rank < MAX_CONTINUED ? followers(end, previous, terms) : []
    return [{ text, count }, ...further.map((idea) => ({ ...idea, text: `${text} ${idea.text}` }))]
  })
  const same = q.trim().toLowerCase()
  const ranked = texts.filter(({ text }) => text !== same).sort((a, b) => b.count - a.count)
  return [...new Set(ranked.map(({ text }) => text))].slice(0, limit)
}

interface Typed {
  /** Terms that the last word may become. */
  ends: number[]
  /** The words before it, and the term of the last of them. */
  before: string[]
  previous: number | undefined
}

function typedOf(q: string, terms: Terms): Typed | undefined {
  const { vocabulary } = terms
  const found = chunks(q)
  const last = found.pop()
  if (!last) return undefined
  const parts = found.flatMap((chunk) => chunk.parts)
  const finished = /\s$/.test(q)
  const wholes = last.whole && !finished ? vocabulary.startingWith(last.whole, MAX_COMPLETIONS) : []
  if (wholes.length === 0) parts.push(...last.parts)
  const word = wholes.length === 0 ? parts.pop() : undefined
  const before = parts.map((part) => part.surface)
  const previous = parts.length > 0 ? vocabulary.find(parts.at(-1)!.term) : undefined
  if (!word) return { ends: wholes, before, previous }
  const known = finished ? vocabulary.find(word.term) : undefined
  if (known !== undefined) return { ends: [known], before, previous }
  const completions = vocabulary.startingWith(word.surface, MAX_COMPLETIONS)
  if (completions.length > 0) return { ends: completions, before, previous }
  const context = previous === undefined ? [] : [previous]
  const corrected = correction([word.surface, word.term], context, terms)
  return { ends: corrected === undefined ? [] : [corrected], before, previous }
}

/** How many products bear each term, right behind the previous one, or else at least with it. */
function bearers(ends: readonly number[], previous: number | undefined, terms: Terms): number[] {
  const { postings, vocabulary } = terms
  if (previous === undefined) return ends.map((end) => vocabulary.frequencies[end]!)
  const beside = ends.map((end) => meetings(previous, end, postings, 'adjacent'))
  if (beside.some((count) => count > 0)) return beside
  return ends.map((end) => meetings(previous, end, postings))
}

/** The words that stand behind the term in names, where that stands behind `previous`. */
function followers(
  term: number,
  previous: number | undefined,
  { documents, postings, vocabulary }: Terms,
): Idea[] {
  const counts = new Map<number, number>()
  const start = postings.starts[term]!
  const products = Math.min(MAX_PRODUCTS, postings.counts[term]!)
  let names = 0
  let looked = 0
  for (; looked < products && names < MAX_NAMES; looked += 1) {
    const pair = 2 * (start + looked)
    if ((postings.pairs[pair + 1]! & POSITIONS_MASK) === 0) continue
    names += 1
    const follower = followerIn(postings.pairs[pair]!, term, previous, documents)
    if (follower !== undefined) counts.set(follower, (counts.get(follower) ?? 0) + 1)
  }
  const scale = postings.counts[term]! / looked
  return [...counts]
    .filter(([, count]) => count >= MIN_FOLLOWERS)
    .filter(([follower]) => isPhraseWord(vocabulary.words[follower]!))
    .map(([follower, count]) => ({ text: vocabulary.surface(follower), count: count * scale }))
}

function followerIn(
  document: number,
  term: number,
  previous: number | undefined,
  documents: Documents,
): number | undefined {
  if (documents.live[document] === 0) return undefined
  const row = documents.termsOf(document)
  const length = documents.nameTermCounts[document]!
  for (let at = 0; at + 1 < length; at += 1) {
    if (row[at] === term) {
      return previous === undefined || row[at - 1] === previous ? row[at + 1] : undefined
    }
  }
  return undefined
}

/** Numbers and part numbers belong to one product, not to a phrase. */
function isPhraseWord(word: string): boolean {
  return word.length >= MIN_FOLLOWER_CHARS && !/\d/.test(word) && !STOP_WORDS.has(word)
}
