/**
 * CSV as import lines: one column a field, `price.amount`, `stock.WAREHOUSE` and `attributes.NAME`
 * for what lies deeper. CSV knows no types, so attributes stay text. An empty cell says nothing.
 * What a field may hold is the gateway's to check: a cell that is no number is sent as it is.
 */
import type { ImportLine } from '../services/catalog/catalog.contract.ts'

const REQUIRED = ['sku', 'name', 'categoryId', 'price.amount', 'price.currency']
const FIELDS = [...REQUIRED, 'id', 'description', 'categoryName', 'brand', 'status']
const GROUP = /^(?<group>price|stock|attributes)\.(?<name>.+)$/
const NUMERIC = /^(price\.amount$|stock\.)/

/** A header or a record that cannot be imported; the message says why. */
export class CsvError extends Error {
  override readonly name = 'CsvError'
}

/** A line as the cells say it, right or not. */
type Line = { -readonly [K in keyof ImportLine]?: unknown }

/**
 * Reads the records under `header`.
 *
 * @throws CsvError a column is unknown, there twice or missing; the reader: too few or many cells
 */
export function csvReader(header: readonly string[]): (cells: readonly string[]) => Line {
  const columns = header.map((column) => column.trim())
  for (const [index, column] of columns.entries()) {
    if (!FIELDS.includes(column) && !/^(stock|attributes)\../.test(column)) {
      throw new CsvError(`"${column.slice(0, 50)}" is no column; there are ${COLUMNS}`)
    }
    if (columns.indexOf(column) < index) throw new CsvError(`column "${column}" is there twice`)
  }
  const missing = REQUIRED.filter((column) => !columns.includes(column))
  if (missing.length > 0) throw new CsvError(`column ${missing.join(', ')} is missing`)
  return (cells) => {
    if (cells.length !== columns.length) {
      throw new CsvError(`has ${cells.length} cells, the header ${columns.length}`)
    }
    return readRecord(columns, cells)
  }
}

const COLUMNS = `${FIELDS.join(', ')}, stock.WAREHOUSE and attributes.NAME`

function readRecord(columns: readonly string[], cells: readonly string[]): Line {
  const line: Line = { description: '', brand: '' }
  const groups: Groups = { price: empty(), stock: empty(), attributes: empty() }
  for (const [index, cell] of cells.entries()) {
    const column = columns[index]!
    if (cell === '') continue
    const { group, name } = GROUP.exec(column)?.groups ?? {}
    if (!group) line[column as keyof Line] = cell
    else groups[group as keyof Groups][name!] = NUMERIC.test(column) ? number(cell) : cell
  }
  const said = Object.entries(groups).filter(([, group]) => Object.keys(group).length > 0)
  return Object.assign(line, Object.fromEntries(said))
}

type Groups = Record<'price' | 'stock' | 'attributes', Record<string, unknown>>

/** Takes any name, `__proto__` too. */
function empty(): Record<string, unknown> {
  return Object.create(null)
}

function number(cell: string): number | string {
  return /^-?\d+(\.\d+)?$/.test(cell) ? Number(cell) : cell
}
