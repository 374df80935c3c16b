/** One more published port is one more element, however many there are; and who is let in is said once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Ipv4Address } from '../../address/ipv4.ts'
import { parsePublication } from '../../host/publication.ts'
import { DEFAULT } from '../golden-networks.ts'
import type { SeenHost } from '../seen.ts'
import { publishedElements, type PublishedPort } from './nft-published.ts'
import { formatRuleset } from './nft-ruleset.ts'
import { publishSteps } from './plan-publish.ts'

const port = (word: string, ip = '192.168.122.50'): PublishedPort => ({
  ...parsePublication(word),
  machine: 'web',
  network: DEFAULT.name,
  ip: ip as Ipv4Address,
})
const seenWith = (there: readonly PublishedPort[], published: readonly PublishedPort[]): SeenHost =>
  ({ firewall: formatRuleset([DEFAULT], there), published }) as unknown as SeenHost

test('a thousand and one cost what one does: a transaction of one element a set', () => {
  const thousand = Array.from({ length: 1000 }, (_, i) => port(`${String(10_000 + i)}:${String(i + 1)}`))
  const added = port('8080:8080')
  const commands = [[], thousand].map((there) =>
    publishSteps(DEFAULT, seenWith(there, [...there, added]), []).map(({ do: action }) =>
      action.kind === 'run' ? action.stdin : '',
    ),
  )
  assert.deepEqual(commands[1], commands[0])
  assert.deepEqual(commands[0], [
    'add element inet weft published { tcp . 8080 : 192.168.122.50 . 8080 }\n' +
      'add element inet weft published_to { 192.168.122.50 . tcp . 8080 }\n',
  ])
})

test('what leads to another address goes before it comes', () => {
  const steps = publishSteps(DEFAULT, seenWith([port('8080:80')], [port('8080:80', '192.168.122.60')]), [])
  assert.deepEqual(
    steps.map(({ reason }) => reason),
    [
      'tcp port 8080 of this host is its own again',
      'tcp port 8080 of this host leads to port 80 of 192.168.122.60',
    ],
  )
})

test('whoever may by one publication may by all that lead to the same port; a subnet in another is said once', () => {
  const from = (...words: string[]): readonly string[] =>
    publishedElements(
      [DEFAULT],
      words.map((word) => port(word)),
    ).published_from
  assert.deepEqual(from('1:80,from=10.0.0.0/8', '2:80,from=10.1.0.0/16', '3:80,from=192.0.2.7'), [
    '192.168.122.50 . tcp . 80 . 10.0.0.0/8',
    '192.168.122.50 . tcp . 80 . 192.0.2.7',
  ])
  assert.deepEqual(from('1:80,from=10.0.0.0/8', '2:80'), [])
})

test('an address that the network does not have any more leads nowhere', () => {
  assert.deepEqual(publishedElements([DEFAULT], [port('8080:80', '10.1.2.3')]).published, [])
})
