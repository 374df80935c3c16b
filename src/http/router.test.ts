/** Paths and methods → routes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pathOf } from '../api/client.ts'
import { ROUTES } from '../api/routes.ts'
import type { RouteName } from '../api/routes.ts'
import { matchRoute } from './router.ts'

test('every route is found under the path the client makes for it, whatever the names are', () => {
  for (const route of Object.keys(ROUTES) as RouteName[]) {
    const [method, pattern] = ROUTES[route]
    const names = [...pattern.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '')
    const params = Object.fromEntries(names.map((name) => [name, `a/b c%?ü${name}`]))
    assert.deepEqual(matchRoute(method, pathOf(route, params)), { kind: 'route', route, params })
  }
})

test('a literal word wins over a name', () => {
  assert.deepEqual(matchRoute('POST', '/v1/changes/undo'), { kind: 'route', route: 'undo', params: {} })
  assert.deepEqual(matchRoute('POST', '/v1/networks/create'), {
    kind: 'route',
    route: 'createNetwork',
    params: {},
  })
})

test('what is not there, and what is there for other methods, are told apart', () => {
  assert.deepEqual(matchRoute('GET', '/v1/nothing'), { kind: 'no-path' })
  assert.deepEqual(matchRoute('GET', '/v1/networks/'), { kind: 'no-path' }, 'a name is never empty')
  assert.deepEqual(matchRoute('GET', '/v1/networks/%zz'), { kind: 'no-path' })
  assert.deepEqual(matchRoute('PATCH', '/v1/networks'), { kind: 'no-method', allowed: ['GET', 'POST'] })
})
