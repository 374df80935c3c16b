/** Definitions as text: all spellings say the same, and what is wrong is told with its place. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { InterfaceName } from '../core/address/interface-name.ts'
import { ipv4FromNumber } from '../core/address/ipv4.ts'
import { ipv6FromNumber } from '../core/address/ipv6.ts'
import { guestMac, type MacAddress } from '../core/address/mac.ts'
import { WeftError } from '../core/errors.ts'
import { completeNetwork, locateProblems } from '../core/network/draft.ts'
import { networkProblems } from '../core/network/problems/problems.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import { formatNetwork, readNetworkDefinition, recognizeFormat, type DefinitionFormat } from './network.ts'

const UUID = '927f4393-3e4e-4a94-9e42-67c4ebe45555'
const FORMATS: readonly DefinitionFormat[] = ['xml', 'yaml', 'json']

async function readBack(text: string): Promise<NetworkSpec> {
  const draft = await readNetworkDefinition(text)
  const bridgeName = (draft.bridge?.name ?? 'virbr0') as InterfaceName
  return completeNetwork(draft, { uuid: UUID, mac: '52:54:00:00:00:01' as MacAddress, bridgeName })
}

async function refusal(text: string): Promise<string[]> {
  try {
    await readNetworkDefinition(text, { source: 'lab.yaml' })
  } catch (error) {
    assert.ok(error instanceof WeftError)
    assert.equal(error.code, 'invalid-definition')
    return error.problems.map(({ line, column, message, hint }) => {
      const more = hint === undefined ? '' : ` (${hint})`
      return `${String(line)}:${String(column)} ${message}${more}`
    })
  }
  return assert.fail('was not refused')
}

test('a friendly definition', async () => {
  const spec = await readBack(`
# the lab on the second floor
name: lab
mode: nat
bridge: {stp: off, delay: 3}
domain: lab.example
address: 192.168.150.1/24
dhcp:
  range: 192.168.150.2-192.168.150.254
  hosts:
    - {mac: "52:54:00:00:00:07", name: printer, ip: 192.168.150.7}
`)
  assert.deepEqual(spec, {
    name: 'lab',
    uuid: UUID,
    mode: 'nat',
    bridge: { name: 'virbr0', stp: false, delaySeconds: 3 },
    mac: '52:54:00:00:00:01',
    domain: { name: 'lab.example' },
    ips: [
      {
        family: 'ipv4',
        cidr: { address: '192.168.150.1', prefix: 24 },
        prefixSpelling: 'prefix',
        dhcp: {
          ranges: [{ start: '192.168.150.2', end: '192.168.150.254' }],
          hosts: [{ mac: '52:54:00:00:00:07', name: 'printer', ip: '192.168.150.7' }],
        },
      },
    ],
    routes: [],
    kept: [],
  })
})

test('three lines are enough', async () => {
  const spec = await readBack('name: lab\naddress: 10.1.0.1/24\n')
  assert.equal(spec.mode, 'nat')
  assert.equal((await readBack('name: lab\n')).mode, 'isolated')
})

test('the format is recognised', () => {
  assert.equal(recognizeFormat('\uFEFF \n<network/>'), 'xml')
  assert.equal(recognizeFormat(' {"name": "x"}'), 'json')
  assert.equal(recognizeFormat('# a network\nname: x'), 'yaml')
})

test('slips of the fingers are told with their place and a guess', async () => {
  assert.deepEqual(await refusal('nmae: x\nname: lab\nbridge: {nam: q, stp: maybe}\nname2: 1'), [
    "1:1 a network has no 'nmae' (did you mean 'name'?)",
    "3:10 a bridge has no 'nam' (did you mean 'name'?)",
    "3:23 'bridge.stp' is true or false, not 'maybe'",
    "4:1 a network has no 'name2' (did you mean 'name'?)",
  ])
})

test('a key that stands twice, a list for a word, a range that is none', async () => {
  assert.deepEqual(await refusal('name: a\nname: b'), ['2:1 this key stands here for the second time'])
  assert.deepEqual(await refusal('name: [a]'), [
    "1:7 'name' is one value, but here stands a list",
    '1:7 the network has no name',
  ])
  assert.deepEqual(await refusal('name: a\naddress: 10.1.0.1/24\ndhcp:\n  range: 10.1.0.2'), [
    "4:10 '10.1.0.2' is not a range FIRST-LAST (such as 192.168.150.2-192.168.150.254)",
  ])
  assert.deepEqual(await refusal('name: a\ndhcp: {range: 10.1.0.2-10.1.0.9}'), [
    "2:7 a network without 'address' has no subnet to give addresses from (such as: address: 192.168.150.1/24)",
  ])
  assert.deepEqual(await refusal('{"name": "x" "y"}'), ['1:14 Unexpected double-quoted-scalar at node end'])
  assert.deepEqual(await refusal(' \n'), ['1:1 there is no text in it (weft net define FILE)'])
})

test('a problem of the finished definition is found again in the text', async () => {
  const text = 'name: a\naddress: 10.1.0.1/24\ndhcp:\n  range: [10.1.0.2-10.1.0.9, 10.2.0.2-10.2.0.9]\n'
  const draft = await readNetworkDefinition(text)
  const [problem] = locateProblems(networkProblems(await readBack(text), []), draft)
  assert.deepEqual([problem?.line, problem?.column], [4, 30])
  assert.equal(problem?.message, 'the range 10.2.0.2 to 10.2.0.9 is not inside 10.1.0.0/24')
})

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,9}$/)
const mac = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)).map(guestMac)
const address = fc.nat(2 ** 32 - 1).map(ipv4FromNumber)
const lease = fc.oneof(
  fc.record({
    expiry: fc.integer({ min: 1, max: 999 }),
    unit: fc.constantFrom('seconds' as const, 'minutes' as const, 'hours' as const),
  }),
  // For ever has no unit; read again it is the one that is meant when none is written.
  fc.constant({ expiry: 0, unit: 'minutes' as const }),
)
const address6 = fc.bigInt(0n, (1n << 128n) - 1n).map(ipv6FromNumber)
const reservation = fc.record({ mac, ip: address, name: word, lease }, { requiredKeys: ['mac'] })
const reservation6 = fc.record(
  { id: fc.constant('0:3:0:1:52'), ip: address6, name: word, lease },
  { requiredKeys: ['name'] },
)
const rangesOf = <T>(end: fc.Arbitrary<T>) =>
  fc.array(fc.record({ start: end, end, lease }, { requiredKeys: ['start', 'end'] }), {
    minLength: 1,
    maxLength: 3,
  })
const bootp = fc.record({ file: word, server: address }, { requiredKeys: ['file'] })
const dhcp = fc.record(
  { ranges: rangesOf(address), hosts: fc.array(reservation), bootp },
  { requiredKeys: ['ranges', 'hosts'] },
)
const dhcp6 = fc.record({ ranges: rangesOf(address6), hosts: fc.array(reservation6) })
const yes = fc.constant(true as const)
const ipv4 = fc.record(
  {
    family: fc.constant('ipv4' as const),
    cidr: fc.record({ address, prefix: fc.integer({ min: 0, max: 32 }) }),
    prefixSpelling: fc.constantFrom('netmask' as const, 'prefix' as const),
    isFamilyWritten: yes,
    hasLocalPtr: fc.boolean(),
    tftpRoot: word,
    dhcp,
  },
  { requiredKeys: ['family', 'cidr', 'prefixSpelling'] },
)
const ipv6 = fc.record(
  {
    family: fc.constant('ipv6' as const),
    cidr: fc.record({ address: address6, prefix: fc.integer({ min: 0, max: 128 }) }),
    prefixSpelling: fc.constant('prefix' as const),
    hasLocalPtr: fc.boolean(),
    dhcp: dhcp6,
  },
  { requiredKeys: ['family', 'cidr', 'prefixSpelling'] },
)
const port = fc.integer({ min: 1, max: 65535 })
const dns = fc.record(
  {
    isEnabled: fc.boolean(),
    forwardsPlainNames: fc.boolean(),
    forwarders: fc.array(fc.record({ domain: word, address: fc.oneof(address, address6) })),
    txts: fc.array(fc.record({ name: word, value: word })),
    srvs: fc.array(
      fc.record(
        { service: word, protocol: word, domain: word, target: word, port, priority: port, weight: port },
        { requiredKeys: ['service', 'protocol'] },
      ),
    ),
    hosts: fc.array(fc.record({ ip: fc.oneof(address, address6), names: fc.array(word) }), { minLength: 1 }),
  },
  { requiredKeys: ['forwarders', 'txts', 'srvs', 'hosts'] },
)
const route = fc.record(
  {
    family: fc.constant('ipv4' as const),
    destination: fc.record({ address, prefix: fc.integer({ min: 0, max: 32 }) }),
    prefixSpelling: fc.constantFrom('netmask' as const, 'prefix' as const),
    gateway: address,
    metric: port,
    isFamilyWritten: yes,
  },
  { requiredKeys: ['family', 'destination', 'prefixSpelling', 'gateway'] },
)
const nat = fc.record({
  ipv6: fc.boolean(),
  addresses: fc.record({ start: address, end: address }),
  ports: fc.record({ start: port, end: port }),
})
const portgroup = fc.record(
  { name: word, isDefault: yes, trustGuestRxFilters: fc.boolean() },
  { requiredKeys: ['name'] },
)
const kept = fc.string({ unit: 'grapheme-ascii' }).map((text) => {
  const escaped = text.replace(/[&<>]/g, '.')
  return { name: 'title', xml: `<title>${escaped}</title>` }
})
const network = fc.record(
  {
    name: fc.oneof(
      word,
      fc.constantFrom('0123', '1e3', 'null', 'yes', '~', "it's", 'a: b', '- x', 'a "b" <c>'),
    ),
    uuid: fc.uuid(),
    mode: fc.constantFrom('nat' as const, 'route' as const, 'open' as const),
    forwardDevice: word.map((name) => name as InterfaceName),
    nat,
    bridge: fc.record({
      name: word.map((name) => name as InterfaceName),
      stp: fc.boolean(),
      delaySeconds: fc.nat(60),
    }),
    mac,
    mtu: port,
    domain: fc.record({ name: word, isLocalOnly: fc.boolean() }, { requiredKeys: ['name'] }),
    dns,
    ips: fc.array(fc.oneof(ipv4, ipv6), { maxLength: 3 }),
    routes: fc.array(route, { maxLength: 2 }),
    portsAreIsolated: fc.boolean(),
    portgroups: fc.array(portgroup, { minLength: 1, maxLength: 2 }),
    dnsmasqOptions: fc.array(word, { minLength: 1, maxLength: 2 }),
    guestIpv6: fc.boolean(),
    trustGuestRxFilters: fc.boolean(),
    kept: fc.array(kept, { maxLength: 1 }),
  },
  { requiredKeys: ['name', 'uuid', 'mode', 'bridge', 'mac', 'ips', 'routes', 'kept'] },
)

test('define, format, define: nothing is lost in any spelling', async () => {
  await fc.assert(
    fc.asyncProperty(network, fc.constantFrom(...FORMATS), async (made: NetworkSpec, format) => {
      const spec = structuredClone(made)
      const text = await formatNetwork(spec, format)
      assert.deepEqual(await readBack(text), spec)
      assert.equal(await formatNetwork(await readBack(text), format), text)
    }),
  )
})

test('garbage gives problems, never a crash', async () => {
  const scrap = fc.constantFrom(
    'name',
    ':',
    ' ',
    '\n',
    '- ',
    '[',
    '{',
    '}',
    '&a ',
    '*a',
    '!!map',
    '|',
    '"',
    '? ',
    '<<',
    '\t',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(scrap).map((scraps) => scraps.join('')),
    fc.json(),
    fc.nat(3000).map((depth) => '['.repeat(depth)),
  )
  await fc.assert(
    fc.asyncProperty(text, async (garbage) => {
      const result = await readNetworkDefinition(garbage).catch((error: unknown) => error)
      assert.ok(!(result instanceof Error) || (result instanceof WeftError && result.problems.length > 0))
    }),
  )
})

test('a text nested deeper than the stack is one problem, not hundreds', async () => {
  const error = await readNetworkDefinition('['.repeat(100_000)).catch((refused: unknown) => refused)
  assert.ok(error instanceof WeftError)
  assert.deepEqual(
    error.problems.map(({ message }) => message),
    ['this is nested too deeply'],
  )
})
