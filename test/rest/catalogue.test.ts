/** The catalogue as operators write it and as everybody reads it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { ResultOf } from '../../kernel/contract.ts'
import type { Category, Product } from '../../services/catalog/catalog.contract.ts'
import type { searchContract } from '../../services/search/search.contract.ts'
import type { Client, Reply } from './client.ts'
import { available, eventually, newKey, OPERATOR, openShop, type Shop } from './shop.ts'

type SearchResult = ResultOf<typeof searchContract.actions.find>

interface Listed {
  items: { id: string; price: Product['price'] }[]
  nextCursor: string | null
}

let shop: Shop
let client: Client
beforeAll(async () => {
  shop = await openShop()
  client = shop.client
})
afterAll(() => shop.close())

const price = { amount: 4_200, currency: 'USD' }

function fieldsOf(sku: string, more: Record<string, unknown> = {}) {
  const fields = { sku, name: `Gizmo ${sku}`, description: 'Does it.', brand: 'Makers', price }
  return { ...fields, categoryId: 'gizmos', categoryName: 'Gizmos', ...more }
}

function create(sku: string, more?: Record<string, unknown>) {
  return client.send<Product>('POST /admin/products', { as: OPERATOR, body: fieldsOf(sku, more) })
}

async function finds(words: string): Promise<string[]> {
  const q = encodeURIComponent(words)
  const { items } = await client.ask<SearchResult>(`GET /products/search?q=${q}`)
  return items.map(({ id }) => id)
}

describe('a product', () => {
  test('is created, read and found', async () => {
    const { status, headers, body } = await create('NEW-1', { name: 'Quixotic zeppelin' })
    expect(status).toBe(201)
    expect(headers.get('location')).toBe(`/products/${body.id}`)
    expect(body).toMatchObject({ status: 'active', version: 1, attributes: {}, images: [] })
    expect(await client.ask(`GET /products/${body.id}`)).toEqual(body)
    await eventually(async () => (await finds('quixotic zepelin')).includes(body.id))
    const category = await client.ask<Category>('GET /categories/gizmos')
    expect(category.name).toBe('Gizmos')
  })

  test('may bring its id, which is taken then, as its SKU is', async () => {
    const { body } = await create('OWN-1', { id: 'My.own_id-1' })
    expect(body.id).toBe('My.own_id-1')
    const refused = (sku: string, more?: Record<string, unknown>) =>
      client.refusal('POST /admin/products', { as: OPERATOR, body: fieldsOf(sku, more) })
    expect(await refused('OWN-2', { id: 'My.own_id-1' })).toBe('409 product_exists')
    expect(await refused('OWN-1')).toBe('409 sku_taken')
    const nowhere = { categoryId: 'unheard-of', categoryName: undefined }
    expect(await refused('OWN-3', nowhere)).toBe('422 category_not_found')
  })

  test('is replaced at the version that is named, and only at that', async () => {
    const made = await create('PUT-1')
    const target = `PUT /admin/products/${made.body.id}`
    const put = (tag: string | undefined, name: string) => ({
      as: OPERATOR,
      ...(tag !== undefined && { headers: { 'if-match': tag } }),
      body: fieldsOf('PUT-1', { name }),
    })
    expect(await client.refusal(target, put(undefined, 'Blind'))).toBe('428 precondition_required')
    expect(await client.refusal(target, put('"v99"', 'Late'))).toBe('412 version_mismatch')
    expect(await client.refusal(target, put('not a tag', 'Odd'))).toBe('412 version_mismatch')
    const tag = made.headers.get('etag')!
    const replaced = await client.send<Product>(target, put(tag, 'Orthogonal widget'))
    expect(replaced.body).toMatchObject({ name: 'Orthogonal widget', version: 2 })
    expect(await client.refusal(target, put(tag, 'Again'))).toBe('412 version_mismatch')
    const read = await client.ask<Product>(`GET /products/${made.body.id}`)
    expect(read).toEqual(replaced.body)
    await eventually(async () => (await finds('orthogonal widget')).includes(read.id))
  })

  test('can be written by one of many at once', async () => {
    const { body, headers } = await create('RACE-1')
    const replies = await Promise.all(
      Array.from({ length: 8 }, (_, turn) =>
        client.attempt(`PUT /admin/products/${body.id}`, {
          as: OPERATOR,
          headers: { 'if-match': headers.get('etag')! },
          body: fieldsOf('RACE-1', { name: `Racer ${turn}` }),
        }),
      ),
    )
    const statuses = replies.map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 412)).toHaveLength(7)
    expect((await client.ask<Product>(`GET /products/${body.id}`)).version).toBe(2)
  })

  test('that is inactive or deleted is not shown, and not found', async () => {
    const hidden = await create('HIDE-1', { name: 'Ephemeral lantern' })
    const deleted = await create('HIDE-2', { name: 'Ephemeral candle' })
    await eventually(async () => (await finds('ephemeral')).length === 2)
    const { id } = hidden.body
    await client.ask(`PUT /admin/products/${id}`, {
      as: OPERATOR,
      headers: { 'if-match': hidden.headers.get('etag')! },
      body: fieldsOf('HIDE-1', { name: 'Ephemeral lantern', status: 'inactive' }),
    })
    const remove = `DELETE /admin/products/${deleted.body.id}`
    const stale = { as: OPERATOR, headers: { 'if-match': '"v7"' } }
    expect(await client.refusal(remove, stale)).toBe('412 version_mismatch')
    expect((await client.send(remove, { as: OPERATOR })).status).toBe(204)
    expect(await client.refusal(remove, { as: OPERATOR })).toBe('404 product_not_found')
    for (const gone of [id, deleted.body.id]) {
      expect(await client.refusal(`GET /products/${gone}`)).toBe('404 product_not_found')
      const body = { productId: gone, quantity: 1 }
      expect(await client.refusal('POST /cart/add', { body })).toBe('404 product_not_found')
    }
    await eventually(async () => (await finds('ephemeral')).length === 0)
    expect((await create('HIDE-2', { name: 'Ephemeral torch' })).status).toBe(201)
  })
})

describe('an import', () => {
  test('takes the good lines and reports the bad ones by number', async () => {
    const good = (sku: string) =>
      JSON.stringify({ id: sku, ...fieldsOf(sku), stock: { AMS: 4, NYC: 2 } })
    const lines = [
      good('IMP-1'),
      '',
      '{"sku": "broken"',
      JSON.stringify({ ...fieldsOf('IMP-2'), price: { amount: -1, currency: 'USD' } }),
      JSON.stringify({ ...fieldsOf('IMP-3'), colour: 'red' }),
      '{"sku":"a","sku":"b"}',
      '[]',
      good('IMP-4'),
    ]
    interface Report {
      imported: number
      updated: number
      rejected: number
      errors: { line: number; message: string }[]
    }
    const request = { as: OPERATOR, type: 'application/x-ndjson', text: lines.join('\n') }
    const report = await client.ask<Report>('POST /admin/products/import', request)
    expect(report).toMatchObject({ imported: 2, updated: 0, rejected: 5 })
    expect(report.errors.map(({ line }) => line)).toEqual([3, 4, 5, 6, 7])
    expect(await available(client, 'IMP-1')).toBe(6)
    const again = await client.ask<Report>('POST /admin/products/import', request)
    expect(again).toMatchObject({ imported: 0, updated: 2, rejected: 5 })
    expect((await client.ask<Product>('GET /products/IMP-4')).version).toBe(1)
    expect(await client.refusal('GET /products/IMP-2')).toBe('404 product_not_found')
  })

  test('reports a line that is too long, and the first hundred errors', async () => {
    const long = JSON.stringify({ ...fieldsOf('LONG-1'), description: 'x'.repeat(1_048_576) })
    const lines = [long, ...Array.from({ length: 150 }, () => 'no JSON')]
    const report = await client.ask<{ rejected: number; errors: { line: number }[] }>(
      'POST /admin/products/import',
      { as: OPERATOR, type: 'application/x-ndjson', text: lines.join('\n') },
    )
    expect(report.rejected).toBe(151)
    expect(report.errors).toHaveLength(100)
    expect(report.errors[0]!.line).toBe(1)
  })
})

describe('pages', () => {
  /** Every id, by following `Link` from page to page. */
  async function walk(first: string, onPage?: () => Promise<unknown>): Promise<string[]> {
    const seen: string[] = []
    let next: string | undefined = first
    while (next !== undefined) {
      const { headers, body }: Reply<Listed> = await client.send(`GET ${next}`)
      seen.push(...body.items.map(({ id }) => id))
      next = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1]
      expect(next === undefined).toBe(body.nextCursor === null)
      await onPage?.()
    }
    return seen
  }

  test.each(['name', '-name', 'price', '-price', 'createdAt', '-createdAt'])(
    'by %s have every product once, in order',
    async (sort) => {
      const seen = await walk(`/products?sort=${sort}&limit=100`)
      expect(new Set(seen).size).toBe(seen.length)
      expect(seen.length).toBeGreaterThan(450)
      const whole = await walk(`/products?sort=${sort}&limit=37`)
      expect(whole).toEqual(seen)
    },
  )

  test('stay right while products are added', async () => {
    let added = 0
    const addOne = () => {
      added += 1
      return create(`PAGE-${added}`)
    }
    const before = await walk('/products?sort=-createdAt&limit=100')
    const during = await walk('/products?sort=-createdAt&limit=100', addOne)
    expect(during).toEqual(before)
  })

  test('go by category, brand and price', async () => {
    const { items } = await client.ask<Listed>('GET /products?sort=price&limit=100')
    const middle = items[50]!.price.amount
    const within = await client.ask<Listed>(
      `GET /products?sort=price&minPrice=${middle}&maxPrice=${middle}&limit=100`,
    )
    expect(within.items.length).toBeGreaterThan(0)
    expect(within.items.every((item) => item.price.amount === middle)).toBe(true)
    const brand = 'Makers'
    const made = await walk(`/products?brand=${brand}&categoryId=gizmos`)
    for (const id of made) {
      expect((await client.ask<Product>(`GET /products/${id}`)).brand).toBe(brand)
    }
    expect(made.length).toBeGreaterThan(0)
    expect((await client.ask<Listed>('GET /products?categoryId=unheard-of')).items).toEqual([])
  })

  test('of categories have each once, with its count', async () => {
    const seen = await walk('/categories?limit=7')
    expect(new Set(seen).size).toBe(seen.length)
    for (const id of seen.slice(0, 5)) {
      const { productCount } = await client.ask<Category>(`GET /categories/${id}`)
      expect(await walk(`/products?categoryId=${id}&limit=100`)).toHaveLength(productCount)
    }
  })

  test('of search have each hit once, and facets that add up', async () => {
    const query = 'q=steel&limit=9'
    const seen = await walk(`/products/search?${query}`)
    const { total, facets } = await client.ask<SearchResult>(`GET /products/search?${query}`)
    expect([new Set(seen).size, seen.length]).toEqual([total, total])
    const sum = (values: { count: number }[]) => values.reduce((all, { count }) => all + count, 0)
    expect([sum(facets.brand), sum(facets.price)]).toEqual([total, total])
    const [first] = facets.brand
    const brand = encodeURIComponent(first!.value)
    const some = await client.ask<SearchResult>(`GET /products/search?${query}&brand=${brand}`)
    expect(some.total).toBe(first!.count)
  })

  test('refuse a cursor that is none', async () => {
    for (const path of ['/products', '/categories', '/products/search']) {
      const q = path.endsWith('search') ? 'q=steel&' : ''
      const refused = await client.refusal(`GET ${path}?${q}cursor=bm9uZQ`)
      expect(refused).toBe('422 validation_failed')
    }
  })
})

describe('HTTP', () => {
  test('a reader who knows the version is spared the product', async () => {
    const { body, headers } = await create('TAG-1')
    const target = `/products/${body.id}`
    const read = await client.send<Product>(`GET ${target}`)
    const etag = read.headers.get('etag')!
    const known = { headers: { 'if-none-match': etag } }
    const unchanged = await client.send(`GET ${target}`, known)
    expect([unchanged.status, unchanged.text]).toEqual([304, ''])
    expect(unchanged.headers.get('etag')).toBe(etag)
    await client.ask(`PUT /admin/products/${body.id}`, {
      as: OPERATOR,
      headers: { 'if-match': headers.get('etag')! },
      body: fieldsOf('TAG-1', { name: 'Tagged anew' }),
    })
    const changed = await client.send<Product>(`GET ${target}`, known)
    expect([changed.status, changed.body.name]).toEqual([200, 'Tagged anew'])
  })

  test('HEAD is GET without the body', async () => {
    const { items } = await client.ask<{ items: Product[] }>('GET /products?limit=1')
    const targets = ['/products?limit=3', `/products/${items[0]!.id}`, '/products/search?q=steel']
    for (const target of targets) {
      const plain = { headers: { 'accept-encoding': 'identity' } }
      const head = await client.send(`HEAD ${target}`, plain)
      const get = await client.send(`GET ${target}`, plain)
      for (const name of ['content-type', 'content-length', 'etag', 'cache-control', 'link']) {
        expect([name, head.headers.get(name)]).toEqual([name, get.headers.get(name)])
      }
    }
    expect((await client.attempt('HEAD /products/unheard-of')).status).toBe(404)
  })

  test.each(['gzip', 'br'])('long replies come as %s when that is asked for', async (coding) => {
    const asked = { headers: { 'accept-encoding': coding } }
    const plain = { headers: { 'accept-encoding': 'identity' } }
    const packed = await client.send('GET /products?limit=20', asked)
    expect(packed.headers.get('content-encoding')).toBe(coding)
    expect(packed.headers.get('vary')).toContain('Accept-Encoding')
    const whole = await client.send('GET /products?limit=20', plain)
    expect(whole.headers.has('content-encoding')).toBe(false)
    expect(packed.text).toBe(whole.text)
  })

  test('catalogue and search may be cached by everybody, availability by nobody', async () => {
    const control = async (target: string) =>
      (await client.send(`GET ${target}`)).headers.get('cache-control')!
    for (const target of ['/products', '/products/search?q=steel', '/categories']) {
      expect(await control(target)).toMatch(/^public, max-age=\d+, s-maxage=300, stale-while-reval/)
    }
    const { body } = await create(newKey().slice(0, 8))
    expect(await control(`/products/${body.id}/availability`)).toContain('no-store')
  })

  test('what is kept of replies is warmed and dropped', async () => {
    const { body } = await create('KEPT-1')
    await client.send(`GET /products/${body.id}`)
    const warmed = await client.ask<{ warmed: object }>('POST /admin/cache/warm', { as: OPERATOR })
    expect(Object.keys(warmed.warmed).length).toBeGreaterThan(0)
    const drop = () =>
      client.ask<{ dropped: number }>(`DELETE /admin/cache?tag=product-${body.id}`, {
        as: OPERATOR,
      })
    await client.send(`GET /products/${body.id}`)
    expect((await drop()).dropped).toBeGreaterThan(0)
    expect((await drop()).dropped).toBe(0)
    expect((await client.ask<Product>(`GET /products/${body.id}`)).id).toBe(body.id)
  })
})
