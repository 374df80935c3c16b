/** Rules that ask the host's routes: `fib daddr type`, `fib saddr . iif oif`. */
import type { Field, Sight } from './fields.ts'
import type { Reading } from './patterns.ts'

const PARTS = new Set(['saddr', 'daddr', 'iif', 'oif', 'mark', '.'])

/** With what comes after it where that belongs to it: `missing`. */
export function fibAt(tokens: readonly string[], at: number): { field: Field; count: number } | undefined {
  if (tokens[at] !== 'fib') return undefined
  let end = at + 1
  while (tokens[end - 1] === '.' || tokens[end] === '.' || end === at + 1) {
    if (!PARTS.has(tokens[end] ?? '')) return undefined
    end++
  }
  const asked = tokens.slice(at + 1, end).filter((word) => word !== '.')
  const result = tokens[end]
  const count = end - at + 1
  if (result === 'type') return { field: { kind: 'name', read: (sight) => typeOf(sight, asked) }, count }
  if (result !== 'oif' && result !== 'oifname') return undefined
  return { field: { kind: 'route', read: (sight) => routeOf(sight, asked) }, count }
}

const addressOf = ({ packet }: Sight, asked: readonly string[]): string | undefined =>
  asked.includes('saddr') ? packet.source : packet.destination

function deviceOf({ packet }: Sight, asked: readonly string[]): string | undefined {
  if (asked.includes('iif')) return packet.in
  return asked.includes('oif') ? packet.out : undefined
}

function typeOf(sight: Sight, asked: readonly string[]): Reading {
  const address = addressOf(sight, asked)
  const type = address === undefined ? undefined : sight.answers.typeOf?.(address, deviceOf(sight, asked))
  return type === undefined ? 'unknown' : { word: type }
}

/** 1 where there is a route by the device that is asked for, 0 where there is none. */
function routeOf(sight: Sight, asked: readonly string[]): Reading {
  const [address, device] = [addressOf(sight, asked), deviceOf(sight, asked)]
  if (address === undefined || device === undefined || asked.includes('mark')) return 'unknown'
  const has = sight.answers.hasRoute?.(address, device)
  return has === undefined ? 'unknown' : { number: has ? 1n : 0n }
}
