/** What iptables-save prints, and where packets end in it that no rule is about. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catchAllOf, endOf, readSaved, refusalOf } from './iptables-save.ts'

const table = (...rules: readonly string[]) =>
  readSaved({
    program: 'iptables-nft',
    family: 'ip',
    isLegacy: false,
    text: ['*filter', ':FORWARD ACCEPT', ':INPUT DROP', ':OWN -', ...rules, 'COMMIT', ''].join('\n'),
  })

test('what nobody has an opinion on ends at the first rule about everything, or at the policy', () => {
  assert.equal(catchAllOf(table(), 'FORWARD')?.isDropped, false)
  assert.equal(catchAllOf(table(), 'INPUT')?.isDropped, true)
  assert.equal(catchAllOf(table(), 'OUTPUT'), undefined)
  const rejected = table(
    '-A FORWARD -i eth0 -j ACCEPT',
    '-A FORWARD -j REJECT --reject-with icmp-host-prohibited',
  )
  assert.equal(catchAllOf(rejected, 'FORWARD')?.place, 2)
  assert.equal(endOf(rejected, 'FORWARD'), 2)
  const led = table('-A FORWARD -j OWN', '-A OWN -m comment --comment "all the rest" -j DROP')
  assert.equal(catchAllOf(led, 'FORWARD')?.chain, 'OWN')
  const back = table('-A FORWARD -j OWN', '-A OWN -j RETURN', '-A OWN -j DROP')
  assert.equal(catchAllOf(back, 'FORWARD')?.isDropped, false)
  assert.equal(endOf(back, 'OWN'), 1)
})

test("an administrator's no is a rule that drops and names the link", () => {
  const no = '-A FORWARD -i virbr0 -d 10.0.0.0/8 -j DROP'
  assert.equal(refusalOf(table(no), 'virbr0')?.chain, 'FORWARD')
  assert.equal(refusalOf(table(no), 'virbr1'), undefined)
  assert.equal(refusalOf(table('-A FORWARD -o virbr+ -j REJECT'), 'virbr1')?.chain, 'FORWARD')
  assert.equal(refusalOf(table('-A FORWARD ! -i virbr0 -j DROP'), 'virbr0'), undefined)
  assert.equal(refusalOf(table('-A FORWARD -i virbr0 -j ACCEPT'), 'virbr0'), undefined)
})
