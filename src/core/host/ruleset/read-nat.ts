/** Reads `dnat ip to 10.0.0.2:80`, `snat to iifname map @pool`, `masquerade to :1024-65535`, `redirect`. */
import { readElements, readKey, type Reader } from './read-key.ts'
import type { Statement, Target } from './rule.ts'

const HOW = ['dnat', 'snat', 'masquerade', 'redirect'] as const
const FLAGS = new Set(['random', 'fully-random', 'persistent', ','])

export function readNat(reader: Reader): Statement[] | undefined {
  const how = HOW.find((word) => word === reader.tokens[reader.at])
  if (how === undefined) return undefined
  reader.at++
  const family = reader.tokens[reader.at]
  const hasFamily = family === 'ip' || family === 'ip6'
  if (hasFamily) reader.at++
  const target = reader.tokens[reader.at] === 'to' ? readTarget(reader) : {}
  while (FLAGS.has(reader.tokens[reader.at] ?? '')) reader.at++
  return [{ kind: 'nat', how, ...(hasFamily ? { family } : {}), target }]
}

/** Empty: not understood, or not said. */
function readTarget(reader: Reader): Target {
  reader.at++
  while (['interval', 'prefix'].includes(reader.tokens[reader.at] ?? '')) reader.at++
  const start = reader.at
  const key = readKey(reader)
  if (key !== undefined && reader.tokens[reader.at] === 'map') {
    reader.at++
    const elements = readElements(reader, key)
    return elements === undefined ? {} : { map: { key, elements } }
  }
  reader.at = start + 1
  return { words: [reader.tokens[start] ?? ''] }
}
