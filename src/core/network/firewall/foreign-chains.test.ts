/** Which chains of others are seen, and what is said of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blockedSentences, parseForeignChains } from './foreign-chains.ts'
import { BOTH, DEFAULT, HOST_BRIDGE, MACVTAP, network, QUIET } from '../golden-networks.ts'

const LISTING = `table ip filter {
	chain FORWARD {
		type filter hook forward priority filter; policy drop;
	}
	chain DOCKER-USER {
	}
	chain INPUT {
		type filter hook input priority filter; policy drop;
	}
	chain OUTPUT {
		type filter hook output priority filter; policy drop;
	}
}
table inet weft {
	chain forward {
		type filter hook forward priority filter; policy drop;
	}
}
table ip6 mine {
	chain forward {
		type filter hook forward priority filter; policy accept;
	}
}
`
const foreignChains = parseForeignChains(LISTING)
const off = { ipv4: false, ipv6: false }
const on = { ipv4: true, ipv6: true }
const FORWARD =
  "chain 'FORWARD' of table 'ip filter' drops what its own rules do not accept: it may cut IPv4 of guests off from"
const INPUT =
  "chain 'INPUT' of table 'ip filter' drops what its own rules do not accept: it may cut IPv4 of guests off from"

test("chains of others with the policy drop count, at hooks guests' packets pass; weft's own do not", () => {
  assert.deepEqual(
    foreignChains.map(({ name, hook }) => [name, hook]),
    [
      ['FORWARD', 'forward'],
      ['INPUT', 'input'],
    ],
  )
  assert.deepEqual(parseForeignChains(''), [])
})

test('a nat network is cut off from the outside and from this host', () => {
  assert.deepEqual(blockedSentences({ foreignChains, bridgeFilter: off }, BOTH), [
    `${FORWARD} the outside and other networks`,
    `${INPUT} this host, its DHCP and DNS included`,
  ])
})

test('with br_netfilter guests are cut off from each other too, in every network with a bridge', () => {
  const [forward] = foreignChains
  assert.ok(forward)
  const said = [
    DEFAULT,
    QUIET,
    network('plain', 'virbr3', 4, { mode: 'isolated' }),
    HOST_BRIDGE,
    MACVTAP,
  ].map((each) =>
    blockedSentences({ foreignChains: [forward], bridgeFilter: on }, each).map((text) =>
      text.replace(`${FORWARD} `, ''),
    ),
  )
  assert.deepEqual(said, [
    ['the outside and other networks and from each other'],
    ['each other'],
    ['each other'],
    ['the outside and other networks and from each other'],
    [],
  ])
})

test('guests with isolated ports are not told that they lose each other', () => {
  const apart = { ...QUIET, portsAreIsolated: true }
  assert.deepEqual(
    blockedSentences({ foreignChains: foreignChains.slice(0, 1), bridgeFilter: on }, apart),
    [],
  )
})
