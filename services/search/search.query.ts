/**
 * From what was typed to what is looked up: for every word the terms that may stand for it. A word
 * that no product bears is completed, taken apart or corrected, in the light of the other words.
 */
import { correction, meetings } from './search.correction.ts'
import type { Documents } from './search.documents.ts'
import type { Postings } from './search.postings.ts'
import { type Chunk, chunks, STOP_WORDS, stem } from './search.text.ts'
import type { Vocabulary } from './search.vocabulary.ts'

/** A term that stands for a word, and how much of the word's weight it earns: 0 to 1. */
export interface Alternative {
  term: number
  share: number
}

export interface Group {
  /** The best first: a product earns by the first that it bears. */
  alternatives: readonly Alternative[]
  /** How telling the word is, an integer: its inverse frequency among the products. */
  weight: number
}

export interface Plan {
  groups: Group[]
  /** The query with its misspelled words corrected, where there were any. */
  suggestion: string | undefined
}

/** The parts of the index that words are looked up in. */
export interface Terms {
  readonly documents: Documents
  readonly postings: Postings
  readonly vocabulary: Vocabulary
}

interface Word {
  text: string
  term: string
  alternatives: Alternative[]
  corrected?: string
}

const MAX_WORDS = 16
const MIN_PREFIX_CHARS = 3
const MAX_COMPLETIONS = 16
const COMPLETION_SHARE = 0.5
const MIN_JOINT_CHARS = 4
const MIN_PIECE_CHARS = 3
/** A word in fewer products may be a misspelling that slipped into a product. */
const RARE = 3
/** How many times more frequent a term must be to stand for a rare word besides. */
const FAR_MORE = 50
/** Weights are integers, so that scores are the same on every node; one unit is this much. */
export const WEIGHT_UNIT = 1 / 64

export function plan(q: string, terms: Terms): Plan {
  const words = wordsOf(q, terms.vocabulary)
  joinNeighbours(words, terms.vocabulary)
  const repaired = words.flatMap((word) => repair(word, words, terms))
  const found = repaired.filter((word) => word.alternatives.length > 0)
  const corrected = repaired.some((word) => word.corrected !== undefined)
  const texts = repaired.map((word) => word.corrected ?? word.text)
  return {
    groups: found.map(({ alternatives }) => toGroup(alternatives, terms)),
    suggestion: corrected ? texts.join(' ') : undefined,
  }
}

function wordsOf(q: string, vocabulary: Vocabulary): Word[] {
  const found = chunks(q)
  const typing = /\s$/.test(q) ? undefined : found.at(-1)
  const words = found.flatMap((chunk) => wordsOfChunk(chunk, chunk === typing, vocabulary))
  const telling = words.filter((word) => !STOP_WORDS.has(word.term))
  const kept = telling.length > 0 ? telling : words
  const distinct = new Map(kept.map((word) => [word.term, word]))
  return [...distinct.values()].slice(0, MAX_WORDS)
}

/** The whole where a product has it, else the parts. The last of what is `typing` may go on. */
function wordsOfChunk(chunk: Chunk, typing: boolean, vocabulary: Vocabulary): Word[] {
  const { text, parts, whole } = chunk
  if (whole !== undefined) {
    const alternatives = lookUp(whole, whole, typing, vocabulary)
    if (alternatives.length > 0) return [{ text, term: whole, alternatives }]
  }
  return parts.map(({ surface, term }, index) => {
    const last = typing && index === parts.length - 1
    return { text: surface, term, alternatives: lookUp(surface, term, last, vocabulary) }
  })
}

function lookUp(text: string, name: string, typing: boolean, vocabulary: Vocabulary) {
  const alternatives: Alternative[] = []
  const term = vocabulary.find(name)
  const known = term !== undefined && vocabulary.frequencies[term]! > 0
  if (known) alternatives.push({ term, share: 1 })
  // A number that a product bears is not the beginning of another.
  if (!typing || text.length < MIN_PREFIX_CHARS || (known && /\d/.test(text))) return alternatives
  for (const completion of vocabulary.startingWith(text, MAX_COMPLETIONS)) {
    if (completion !== term) alternatives.push({ term: completion, share: COMPLETION_SHARE })
  }
  return alternatives
}

/** "note book" finds notebooks, too: the joint word stands for both. */
function joinNeighbours(words: readonly Word[], vocabulary: Vocabulary): void {
  for (let at = 1; at < words.length; at += 1) {
    const left = words[at - 1]!
    const right = words[at]!
    const joint = left.text + right.term
    const term = joint.length < MIN_JOINT_CHARS ? undefined : vocabulary.find(joint)
    if (term === undefined || vocabulary.frequencies[term] === 0) continue
    for (const { alternatives } of [left, right]) {
      alternatives.splice(alternatives[0]?.share === 1 ? 1 : 0, 0, { term, share: 1 })
    }
  }
}

function repair(word: Word, words: readonly Word[], terms: Terms): Word[] {
  const { frequencies } = terms.vocabulary
  const frequency = Math.max(0, ...word.alternatives.map(({ term }) => frequencies[term]!))
  if (frequency >= RARE) return [word]
  if (frequency === 0) {
    const pieces = split(word.text, terms)
    if (pieces) return pieces
  }
  const others = words.filter((other) => other !== word && other.alternatives.length > 0)
  const context = others.map((other) => other.alternatives[0]!.term)
  const term = correction([word.text, word.term], context, terms)
  if (term === undefined || frequencies[term]! < FAR_MORE * frequency) return [word]
  const share = frequency === 0 ? 1 : COMPLETION_SHARE
  const corrected = terms.vocabulary.surface(term)
  return [{ ...word, alternatives: [...word.alternatives, { term, share }], corrected }]
}

/** "laserprinter" as two words, where products have the one right behind the other. */
function split(text: string, { vocabulary, postings }: Terms): Word[] | undefined {
  let best: Word[] | undefined
  let bestCount = 0
  for (let at = MIN_PIECE_CHARS; at <= text.length - MIN_PIECE_CHARS; at += 1) {
    const pieces = [text.slice(0, at), text.slice(at)].map((piece) => {
      const term = vocabulary.find(stem(piece))
      const borne = term !== undefined && vocabulary.frequencies[term]! > 0
      const alternatives = borne ? [{ term, share: 1 }] : []
      return { text: piece, term: stem(piece), alternatives, corrected: piece }
    })
    const [left, right] = pieces.map((piece) => piece.alternatives[0]?.term)
    if (left === undefined || right === undefined) continue
    const count = meetings(left, right, postings, 'adjacent')
    if (count <= bestCount) continue
    best = pieces
    bestCount = count
  }
  return best
}

function toGroup(alternatives: readonly Alternative[], { documents, vocabulary }: Terms): Group {
  const exact = alternatives.filter(({ share }) => share === 1)
  let frequency = 0
  for (const { term } of exact.length > 0 ? exact : alternatives) {
    frequency += vocabulary.frequencies[term]!
  }
  const bearers = Math.min(frequency, documents.liveCount)
  const inverse = Math.log(1 + (documents.liveCount - bearers + 0.5) / (bearers + 0.5))
  return { alternatives, weight: Math.max(1, Math.round(inverse / WEIGHT_UNIT)) }
}
