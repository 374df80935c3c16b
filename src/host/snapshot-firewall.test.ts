/** What counts as a change of the firewall, and what does not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firewallLines } from './snapshot-firewall.ts'

test('elements stand one a line, sorted, without counters and timers', () => {
  const ruleset = `table inet weft {
	map from {
		type ifname : verdict
		elements = { "virbr1" : jump from_nat,
			     "virbr0" : jump from_nat }
	}

	set seen {
		type ipv4_addr
		flags timeout
		elements = { 10.0.0.1 timeout 1m expires 59s992ms }
	}

	chain forward {
		type filter hook forward priority filter; policy accept;
		counter packets 12 bytes 345
		ip daddr { 224.0.0.0/4, 255.255.255.255 } return
	}
}
# Warning: table ip filter is managed by iptables-nft, do not touch!
`
  assert.deepEqual(firewallLines(ruleset), [
    'table inet weft {',
    '    map from {',
    '        type ifname : verdict',
    '            "virbr0" : jump from_nat',
    '            "virbr1" : jump from_nat',
    '    }',
    '    set seen {',
    '        type ipv4_addr',
    '        flags timeout',
    '            10.0.0.1 timeout 1m',
    '    }',
    '    chain forward {',
    '        type filter hook forward priority filter; policy accept;',
    '        counter',
    '        ip daddr { 224.0.0.0/4, 255.255.255.255 } return',
    '    }',
    '}',
  ])
})

test('of many elements only those that name a link of the plan', () => {
  const ruleset =
    'table inet weft {\n\tset nat {\n\t\telements = { "virbr1", "virbr10",\n\t\t\t     "virbr0" }\n\t}\n}\n'
  const lines = firewallLines(ruleset, new Set(['virbr1'])).filter((line) => line.includes('virbr'))
  assert.deepEqual(lines, ['            "virbr1"'])
})

test('no rules, no lines', () => {
  assert.deepEqual(firewallLines(''), [])
})
