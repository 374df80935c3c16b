/** Method and path → route and parameters, from the table of routes. */
import { ROUTES } from '../api/routes.ts'
import type { RouteName } from '../api/routes.ts'

interface Pattern {
  readonly route: RouteName
  readonly method: string
  readonly segments: readonly string[]
}

export type Match =
  | { readonly kind: 'route'; readonly route: RouteName; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'no-path' }
  | { readonly kind: 'no-method'; readonly allowed: readonly string[] }

const PATTERNS: readonly Pattern[] = (Object.keys(ROUTES) as RouteName[]).map((route) => {
  const [method, path] = ROUTES[route]
  return { route, method, segments: path.split('/') }
})

/** `path` is still percent-encoded; a segment that cannot be decoded matches nothing. Literal segments win over names. */
export function matchRoute(method: string, path: string): Match {
  const segments = decodeSegments(path)
  if (segments === undefined) return { kind: 'no-path' }
  const found = PATTERNS.flatMap((pattern) => {
    const params = matchSegments(pattern.segments, segments)
    return params === undefined ? [] : [{ pattern, params }]
  }).sort((a, b) => Object.keys(a.params).length - Object.keys(b.params).length)
  const match = found.find(({ pattern }) => pattern.method === method)
  if (match !== undefined) return { kind: 'route', route: match.pattern.route, params: match.params }
  if (found.length === 0) return { kind: 'no-path' }
  return { kind: 'no-method', allowed: found.map(({ pattern }) => pattern.method) }
}

function decodeSegments(path: string): string[] | undefined {
  try {
    return path.split('/').map(decodeURIComponent)
  } catch {
    return undefined
  }
}

function matchSegments(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, expected] of pattern.entries()) {
    const segment = segments[index] ?? ''
    if (expected.startsWith('{') && segment !== '') params[expected.slice(1, -1)] = segment
    else if (expected !== segment) return undefined
  }
  return params
}
