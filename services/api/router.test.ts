import { describe, expect, test } from '@jest/globals'
import { parameterNames, Router } from './router.ts'

const router = new Router<string>()
for (const route of [
  'GET /products',
  'GET /products/:productId',
  'GET /products/search',
  'GET /products/:productId/availability',
  'DELETE /products/:id',
  'GET /products/search/:term/deep',
]) {
  const [method, path] = route.split(' ')
  router.add(method!, path!, route)
}

function find(path: string, method = 'GET') {
  const found = router.find(path.slice(1).split('/'))
  return found && { route: found.methods.get(method), values: found.values }
}

describe('the router', () => {
  test.each([
    ['/products', 'GET /products', []],
    ['/products/p1', 'GET /products/:productId', ['p1']],
    ['/products/search', 'GET /products/search', []],
    ['/products/search/availability', 'GET /products/:productId/availability', ['search']],
    ['/products/search/red/deep', 'GET /products/search/:term/deep', ['red']],
    ['/products/__proto__', 'GET /products/:productId', ['__proto__']],
  ])('finds %s', (path, route, values) => {
    expect(find(path)).toEqual({ route, values })
  })

  test.each([
    '/',
    '/product',
    '/products/',
    '/products//availability',
    '/products/p1/x',
    '/constructor',
  ])('finds nothing at %s', (path) => {
    expect(find(path)).toBeUndefined()
  })

  test('keeps the methods of a path together', () => {
    expect(find('/products/p1', 'DELETE')?.route).toBe('DELETE /products/:id')
    expect([...router.find(['products', 'p1'])!.methods.keys()]).toEqual(['GET', 'DELETE'])
  })

  test('refuses two routes for one method and path', () => {
    expect(() => router.add('GET', '/products/:other', 'x')).toThrow('GET /products/:other')
  })

  test('names the parameters of a path', () => {
    expect(parameterNames('/a/:b/c/:d')).toEqual(['b', 'd'])
  })
})
