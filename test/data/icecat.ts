/**
 * A real catalogue for tests and measurements: 19,406 products of Open Icecat (Open Content
 * License) with graded queries. It lies beside the repository, not in it; where it is absent the
 * readers give nothing and the tests that need it are skipped.
 */
import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** One line of the catalogue: text, numbers and `attr_t_*`, `attr_n_*`, `attr_b_*`. */
export type IcecatRecord = Record<string, unknown> & {
  id: string
  name: string
  title: string
  supplier: string
  /** US cents. */
  price: number
}

/** A product as an import takes it. */
export interface ImportedProduct {
  id: string
  sku: string
  name: string
  description: string
  categoryId: string
  categoryName: string
  brand: string
  price: { amount: number; currency: string }
  attributes: Record<string, string | number | boolean>
  images: string[]
}

/** The catalogue gives no category; the first of these that the title or type names. */
const CATEGORIES: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Notebooks', /notebook (pc|black|gray|silver|white|blue)|chromebook|hybrid \(2-in-1\)/],
  ['Tablets', /galaxy tab|\btab m\d|tablet pc/],
  ['Keyboards', /keyboard (usb|ps|rf|bluetooth|qwerty|black|white|\w+$)|\bkeyboard$|keypad/],
  [
    'Ink and toner',
    /toner|ink ?jet cart|cartridge|\bink\b|ultrachrome|singlepack|twin-pack|original/,
  ],
  ['Printer parts', /printer (kit|drum|ribbon|belt|label|roller|cabinet|memory)|print ?head|fuser/],
  ['Printer parts', /imaging unit|spare part roller|tray|stacker|duplex|maintenance kit|feeder/],
  ['Paper and labels', /paper|label|large format media|film|canvas|textile|card stock|vinyl/],
  ['Cases and bags', /\b(case|cases|bag|backpack|sleeve|pouch|cover|holster|briefcase)\b/],
  ['Screen protection', /screen protector|privacy|filter\b/],
  ['Docking stations', /dock|port replicator/],
  ['Mounts and stands', /\b(mount|mounting|stand|arm|holder|bracket|trolley)\b/],
  ['Racks', /\brack|cabinet|enclosure|netshelter/],
  ['Power supplies', /\bups\b|uninterruptible|power supply|power distribution|\bpdu\b|surge/],
  ['Power adapters', /power adapter|ac adapter|charger|inverter|power cord|power extension/],
  ['Batteries', /batter|accu\b|\bcell\b/],
  ['Network cables', /networking cable|patch|cat\.? ?[567]|fibre optic|fiber|\butp\b|rj-?45/],
  ['Cables', /cable|cord\b|splitter/],
  ['Adapters and hubs', /adapter|converter|\bhub\b|interface card|extender|kvm|switchbox/],
  [
    'Network devices',
    /network|router|switch|access point|transceiver|antenna|gigabit|ethernet|modem/,
  ],
  ['Processors', /processor|\bcpu\b/],
  ['Keyboards', /keyboard/],
  ['Mainboards', /motherboard|desktop board|server board|lga ?\d|socket/],
  ['Memory', /memory|\bddr\d?|dimm|flash drive|sdhc|microsd/],
  ['Graphics cards', /graphics card|geforce|radeon/],
  ['Drives and media', /hard drive|hdd|ssd|solid state|disc drive|dvd|cd-r|tape|blu-ray|spindle/],
  ['Cooling', /\bfan\b|cooler|cooling|heat ?sink/],
  ['Scanners', /scanner|scanjet/],
  [
    'Printers',
    /printer|laserjet|officejet|deskjet|designjet|photosmart|multifunctional|fax|plotter/,
  ],
  ['Calculators', /calculator/],
  ['Mice', /\bmouse\b|trackball/],
  ['Headphones', /headphone|headset|earbud|earphone/],
  ['Speakers', /speaker|soundbar|audio/],
  ['Cameras', /camera|camcorder|lens|eos|tripod|flash\b|webcam/],
  ['Tablets', /tablet|ipad/],
  ['Phones', /smartphone|mobile phone|dect|gsm|smartwatch|phone|handheld/],
  ['Notebooks', /notebook|laptop|thinkpad|elitebook|probook|chromebook|hybrid/],
  ['Computers', /\bpc\b|desktop|workstation|server|thin client|tower/],
  ['Monitors', /monitor|display|lcd|\btv\b|flat panel|screen/],
  ['Projectors', /projector|lamp/],
  ['Software and services', /software|license|warranty|care pack|support|year|upgrade/],
  ['Toys and games', /doll|toy|puzzle|game|l\.o\.l|lego|play|barbie|playstation|xbox|nintendo/],
  ['Household', /coffee|vacuum|oven|hob|fridge|washing|kettle|iron|blender|toothbrush|hair|shaver/],
]

export function icecatProduct(record: IcecatRecord): ImportedProduct {
  const categoryName = categoryOf(record)
  return {
    id: record.id,
    sku: record.name.slice(0, 64),
    name: record.title,
    description: typeof record.short_description === 'string' ? record.short_description : '',
    categoryId: categoryName.toLowerCase().replaceAll(' ', '-'),
    categoryName,
    brand: record.supplier,
    price: { amount: record.price, currency: 'USD' },
    attributes: attributesOf(record),
    images: [record.img_high, record.img_500x500, record.img_thumb].filter(
      (url): url is string => typeof url === 'string' && url !== '',
    ),
  }
}

function categoryOf(record: IcecatRecord): string {
  const type = record.attr_t_product_type ?? record.attr_t_type ?? ''
  const text = `${record.title} ${type}`.toLowerCase()
  return CATEGORIES.find(([, pattern]) => pattern.test(text))?.[0] ?? 'Other'
}

function attributesOf(record: IcecatRecord): ImportedProduct['attributes'] {
  const attributes: ImportedProduct['attributes'] = {}
  for (const [key, value] of Object.entries(record)) {
    const name = /^attr_[tnb]_(.+)$/.exec(key)?.[1]
    if (!name) continue
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      attributes[name] = value
    }
  }
  return attributes
}

const DATA = new URL('../../../shared/data/', import.meta.url)

/** True where the data lies beside the repository. */
export const icecatPresent = existsSync(new URL('catalog-electronics-icecat.jsonl.gz', DATA))

/** Every product, with its id behind a part number that another had before; empty without data. */
export function icecatProducts(): ImportedProduct[] {
  if (!icecatPresent) return []
  const text = gunzipSync(readFileSync(new URL('catalog-electronics-icecat.jsonl.gz', DATA)))
  const skus = new Set<string>()
  return text
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const product = icecatProduct(JSON.parse(line) as IcecatRecord)
      if (skus.has(product.sku)) product.sku = `${product.sku.slice(0, 50)}-${product.id}`
      skus.add(product.sku)
      return product
    })
}

/** The grades 0 to 3 of each query's products; only queries that have a product above 0. */
export function icecatJudgments(): Map<string, Map<string, number>> {
  const judgments = new Map<string, Map<string, number>>()
  for (const { query, product_id: id, rating } of rows('judgments-train.csv')) {
    const graded = judgments.get(query!) ?? new Map<string, number>()
    judgments.set(query!, graded.set(id!, Number(rating)))
  }
  return new Map([...judgments].filter(([, graded]) => [...graded.values()].some((g) => g > 0)))
}

export interface Misspelling {
  query: string
  misspelled: string
}

/** Graded queries with one word misspelled. */
export function icecatMisspellings(): Misspelling[] {
  const graded = icecatJudgments()
  return rows('queries-misspelled-train.csv')
    .map((row) => ({ query: row.query!, misspelled: row.misspelled_query! }))
    .filter(({ query }) => graded.has(query))
}

/** The data's CSV files have no quoted fields. */
function rows(file: string): Record<string, string>[] {
  if (!icecatPresent) return []
  const [head, ...lines] = readFileSync(new URL(file, DATA), 'utf8').trim().split(/\r?\n/)
  const names = head!.split(',')
  return lines.map((line) => {
    const values = line.split(',')
    return Object.fromEntries(names.map((name, at) => [name, values[at] ?? '']))
  })
}
