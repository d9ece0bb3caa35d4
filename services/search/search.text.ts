/**
 * How text becomes terms, the same for products and queries: folded (case, diacritics, typographic
 * signs), split into words, plurals stripped. A part number and a measure stay findable both whole
 * and by their parts: `dv7-1211ea` is dv7, 1211ea and dv71211ea; `17"` is 17 and 17in.
 */

/** A word at its place in a text. */
export interface Part {
  term: string
  /** The folded word before its plural was stripped. */
  surface: string
  position: number
  /** Closes a noun phrase: "keyboard" in "USB keyboard, black", not in "keyboard cover". */
  head: boolean
}

/** What stands together: one word, a hyphenated one, a part number, or a number with its unit. */
export interface Chunk {
  /** As written, folded. */
  text: string
  parts: Part[]
  /** The parts as one term, where there is more to it than one plain word. */
  whole: string | undefined
}

const MARKS = /\p{M}+/gu
const SIGNS = /[®™©℠]/g
const UNDECOMPOSED = /[ßæœøłđı]/g
const PLAIN: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ı: 'i',
}

/** Lower case without diacritics, compatibility forms decomposed. */
export function fold(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: tells ASCII from the rest
  if (/^[\x00-\x7f]*$/.test(text)) return text.toLowerCase()
  return text
    .replace(SIGNS, ' ')
    .normalize('NFKD')
    .replace(MARKS, '')
    .toLowerCase()
    .replace(UNDECOMPOSED, (letter) => PLAIN[letter]!)
}

const IRREGULAR = new Map(
  Object.entries({ lenses: 'lens', lens: 'lens', mice: 'mouse', tvs: 'tv', pcs: 'pc', cds: 'cd' }),
)

/** Strips an English plural; what bears a digit stays as it is. */
export function stem(word: string): string {
  const irregular = IRREGULAR.get(word)
  if (irregular) return irregular
  if (word.length < 4 || /\d/.test(word)) return word
  if (word.endsWith('ie')) return `${word.slice(0, -2)}y`
  if (word.endsWith('che')) return word.slice(0, -1)
  if (!word.endsWith('s') || /(ss|us|is)$/.test(word)) return word
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`
  if (/(x|ch|sh|ss)es$/.test(word)) return word.slice(0, -2)
  return word.slice(0, -1)
}

const setOf = (words: string) => new Set(words.split(' '))

const UNITS = setOf(
  'in ft m cm mm km g kg mg oz lb l ml w kw wh v kv va a ma ah mah hz khz mhz ghz ' +
    'b kb mb gb tb bit dpi ppm rpm mp px',
)
const UNIT_NAMES = new Map(
  Object.entries({
    inch: 'in',
    feet: 'ft',
    foot: 'ft',
    metre: 'm',
    meter: 'm',
    watt: 'w',
    volt: 'v',
  }),
)

function unitOf(word: string): string | undefined {
  return UNITS.has(word) ? word : UNIT_NAMES.get(stem(word))
}

const CHUNK = /[\p{L}\p{N}]+(?:[-.'’_/][\p{L}\p{N}]+)*["”″]?/gu
const NUMBER = /^\d+(?:\.\d+)?$/
const MEASURE = /^(\d+(?:\.\d+)?)(\p{L}{2,})$/u
/** A part number longer than this is not worth a term of its own. */
const MAX_WHOLE_CHARS = 40

/** The chunks of a text in order; positions count words and leave a gap at every break. */
export function chunks(text: string): Chunk[] {
  const folded = fold(text)
  const found: Chunk[] = []
  const phrases = new Phrases()
  let end = 0
  for (const match of folded.matchAll(CHUNK)) {
    const gap = folded.slice(end, match.index)
    end = match.index + match[0].length
    const chunk = toChunk(match[0], gap, phrases)
    const before = found.at(-1)
    if (before && (gap === ' ' || gap === '') && joinUnit(before, chunk)) continue
    found.push(chunk)
  }
  phrases.close()
  return found
}

const PLAIN_WORD = /^[a-z]+$/

function toChunk(text: string, gap: string, phrases: Phrases): Chunk {
  if (PLAIN_WORD.test(text)) {
    return { text, parts: [phrases.next(text, gap)], whole: undefined }
  }
  const inches = /["”″]$/.test(text)
  const body = (inches ? text.slice(0, -1) : text).replace(/['’]/g, '')
  // A point between digits belongs to the number.
  const surfaces = /[-._/]/.test(body) ? body.split(/[-_/]|\.(?!\d)|(?<!\d)\./) : [body]
  const slashed = body.includes('/')
  const parts = surfaces.map((surface, index) =>
    phrases.next(canonicalMeasure(surface), index === 0 ? gap : slashed ? '/' : ''),
  )
  if (inches && NUMBER.test(surfaces.at(-1)!)) return { text, parts, whole: `${surfaces.at(-1)}in` }
  return { text, parts, whole: parts.length > 1 ? wholeOf(body, surfaces) : undefined }
}

function wholeOf(body: string, surfaces: string[]): string | undefined {
  const unit = unitOf(surfaces[1]!)
  if (surfaces.length === 2 && unit && NUMBER.test(surfaces[0]!)) return surfaces[0]! + unit
  const whole = surfaces.join('')
  if (whole.length > MAX_WHOLE_CHARS) return undefined
  if (/\d/.test(whole)) return whole
  return body.includes('/') || body.includes('.') ? undefined : stem(whole)
}

function canonicalMeasure(surface: string): string {
  const [, number, name] = MEASURE.exec(surface) ?? []
  const unit = name && unitOf(name)
  return unit ? number + unit : surface
}

/** Joins a number with the unit behind it: "4 GB". */
function joinUnit(before: Chunk, chunk: Chunk): boolean {
  const number = before.parts[0]!.surface
  const unit = unitOf(chunk.parts[0]!.surface)
  if (!unit || chunk.parts.length > 1 || before.parts.length > 1) return false
  if (before.whole !== undefined || !NUMBER.test(number)) return false
  before.parts.push(chunk.parts[0]!)
  before.whole = number + unit
  before.text += ` ${chunk.text}`
  return true
}

/** What follows says what a product goes with, not what it is. */
const PURPOSE = setOf('for f fits replaces')
const LINKS = setOf('with w and in of to by from incl including on')
const COLOURS = setOf(
  'black white grey gray silver blue red green yellow pink purple orange brown beige gold ' +
    'transparent',
)
const BREAK = /[,;:()|–—[\]+&/]|\s-|-\s|\.\s/
const STRONG_BREAK = /[,;:()|–—]|\s-\s/

/** Numbers the words of one text and finds the heads of its noun phrases. */
class Phrases {
  private last: Part | undefined
  private position = 0
  private purpose = false

  next(surface: string, gap: string): Part {
    const broken = BREAK.test(gap)
    const purpose = PURPOSE.has(surface)
    if (broken || purpose || LINKS.has(surface) || COLOURS.has(surface) || /\d/.test(surface)) {
      this.close()
    }
    if (broken) this.position += 1
    if (STRONG_BREAK.test(gap)) this.purpose = false
    if (purpose) this.purpose = true
    const part = { term: stem(surface), surface, position: this.position, head: false }
    this.position += 1
    this.last = part
    return part
  }

  close(): void {
    if (this.last && !this.purpose) this.last.head = true
  }
}

/** Words that carry no meaning of their own in a query of several words. */
export const STOP_WORDS = setOf('a an and at by for from in of on or the to with')
