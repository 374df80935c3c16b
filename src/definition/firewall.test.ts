/** A firewall in every spelling of a definition: the same in, the same out, and what is wrong is told with its place. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InterfaceName } from '../core/address/interface-name.ts'
import { WeftError } from '../core/errors.ts'
import { completeNetwork } from '../core/network/draft.ts'
import { GUARDED, PINNED } from '../core/network/guard/golden-guards.ts'
import { formatRule } from '../core/network/guard/rule-text.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import { formatNetwork, readNetworkDefinition } from './network.ts'

async function readBack(text: string, like: NetworkSpec): Promise<NetworkSpec> {
  const draft = await readNetworkDefinition(text)
  const { uuid, mac } = like
  assert.ok(mac)
  return completeNetwork(draft, { uuid, mac, bridgeName: draft.bridge?.name as InterfaceName })
}

async function refusal(text: string): Promise<string[]> {
  try {
    await readNetworkDefinition(text)
  } catch (error) {
    assert.ok(error instanceof WeftError)
    return error.problems.map(({ line, column, message }) => `${String(line)}:${String(column)} ${message}`)
  }
  return assert.fail('was not refused')
}

for (const network of [GUARDED, PINNED])
  for (const format of ['xml', 'yaml', 'json'] as const)
    test(`${network === GUARDED ? 'rules' : 'anti-spoofing'} as ${format}, and read again`, async () => {
      const text = await formatNetwork(network, format)
      const again = await readBack(text, network)
      assert.deepEqual(again, network)
      assert.equal(await formatNetwork(again, format), text)
    })

test('what stands in metadata for others stays beside the firewall, and without it', async () => {
  const xml = '<metadata>\n    <a:b xmlns:a="urn:a"/>\n  </metadata>'
  const network = { ...GUARDED, kept: [{ name: 'metadata', xml }] }
  const text = await formatNetwork(network, 'xml')
  assert.match(text, /<a:b xmlns:a="urn:a"\/>\n {4}<weft:firewall /)
  assert.deepEqual(await readBack(text, network), network)
})

test('a firewall in somebody else’s name is nothing to weft', async () => {
  const xml = "<network><name>x</name><metadata><y:firewall xmlns:y='urn:y'/></metadata></network>"
  const draft = await readNetworkDefinition(xml)
  assert.equal(draft.firewall, undefined)
  assert.match(draft.kept[0]?.xml ?? '', /y:firewall/)
})

test('one rule needs no list', async () => {
  const draft = await readNetworkDefinition('name: x\nfirewall:\n  in: deny\n  rules: allow in tcp 22\n')
  assert.deepEqual(draft.firewall?.rules.map(formatRule), ['allow in tcp 22'])
})

test('what is wrong is told with its place, in YAML and in XML', async () => {
  const yaml = `name: x
firewall:
  antiSpoofing: ip
  in: maybe
  rules:
    - allow in tcp 22
    - allow in tcp 90-80
  guests:
    - {rules: [deny in sctp], adresses: []}
`
  assert.deepEqual(await refusal(yaml), [
    "3:17 'antiSpoofing' is none or mac or address, not 'ip'",
    "4:7 'in' is allow or deny, not 'maybe'",
    '7:7 the range of ports 90-80 is the wrong way round',
    "9:7 'firewall.guests[0]' has no name",
    "9:16 'sctp' is not a protocol",
    "9:31 a guest has no 'adresses'",
  ])
  const xml = `<network><name>x</name><metadata><weft:firewall xmlns:weft='urn:weft:network'>
  <weft:rule>permit in</weft:rule>
  <weft:rules/>
  <weft:guest name='a' ports='1'/>
</weft:firewall></metadata></network>`
  assert.deepEqual(await refusal(xml), [
    "2:3 a rule begins with allow or deny, not with 'permit'",
    '3:3 <weft:firewall> has no element <weft:rules>',
    "4:24 <weft:guest> has no attribute 'ports'",
  ])
})
