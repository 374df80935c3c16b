/** Network filters of machines that run: NICs that come with one, are given another, and outlive weftd and whoever flushes its rules. */
import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { virshOf, type Virsh } from './stock-virsh.ts'
import { host, newRoot, runProgram, startWeft, until, type Weft } from './weft-process.ts'

let weft: Weft
let virsh: Virsh

const FIRST = '52:54:00:aa:bb:01'
const SECOND = '52:54:00:aa:bb:02'
const LAB =
  "<network><name>lab</name><bridge name='virbr9'/><ip address='10.44.0.1' prefix='24'><dhcp><range start='10.44.0.2' end='10.44.0.99'/></dhcp></ip></network>"
const WEB = `<filter name='web-only'>
  <rule action='accept' direction='in'><tcp dstportstart='80'/></rule>
  <rule action='drop' direction='inout'><all/></rule>
</filter>`

before(async () => {
  weft = await startWeft(newRoot())
  virsh = virshOf(weft)
  virsh.run('net-define', file('lab.xml', LAB))
  weft.ok('net', 'start', 'lab')
  weft.ok('vm', 'create', 'web', '--memory', '64', '--net', `lab,mac=${FIRST}`)
  done('nwfilter-define', file('web-only.xml', WEB))
  done('update-device', 'web', nic(FIRST, 'clean-traffic'), '--config')
  done('start', 'web')
})

after(() => weft.stop())

function file(name: string, text: string): string {
  writeFileSync(`${weft.root}/${name}`, text)
  return `${weft.root}/${name}`
}

function done(...words: string[]): void {
  const [code, text] = virsh.says(...words)
  assert.equal(code, 0, text)
}

function nic(mac: string, filter?: string): string {
  const reference = filter === undefined ? '' : `<filterref filter='${filter}'/>`
  return file(
    'nic.xml',
    `<interface type='network'><mac address='${mac}'/><source network='lab'/><model type='virtio'/>${reference}</interface>`,
  )
}

function portOf(mac: string): string {
  const row = virsh.run('domiflist', 'web').out.split('\n')
  return (
    row
      .find((line) => line.includes(mac))
      ?.trim()
      .split(/\s+/)[0] ?? ''
  )
}

/** Ports and what they are held to. */
const bindings = (): string[][] =>
  virsh
    .run('nwfilter-binding-list')
    .out.split('\n')
    .slice(2)
    .flatMap((line) => (line.trim() === '' ? [] : [line.trim().split(/\s+/)]))

/** All chains of filters and where ports lead to them, without what packets count and fill. */
function rules(): string {
  const { code, out } = runProgram(['nft', '-s', 'list', 'table', 'bridge', 'weft'])
  if (code !== 0) return ''
  return out.replace(/set \S+ \{[^}]*flags [^\n]*(dynamic|timeout)[^]*?\n\t\}/g, '')
}

/** Chain by chain, with their rules. */
const textsOf = (port: string): string[] =>
  [...rules().matchAll(/chain (\S+) \{[^]*?\n\t\}/g)].flatMap(([text, name]) =>
    name?.startsWith(`lab/filter/${port}/`) === true ? [text] : [],
  )

test('a NIC that comes to a machine that runs is held to its filter at once', () => {
  const before = textsOf(portOf(FIRST))
  done('attach-device', 'web', nic(SECOND, 'web-only'), '--live')
  const [first, second] = [portOf(FIRST), portOf(SECOND)]
  assert.deepEqual(bindings(), [
    [first, 'clean-traffic'],
    [second, 'web-only'],
  ])
  assert.ok(textsOf(second).length > 0, rules())
  assert.deepEqual(textsOf(first), before, 'the other NIC keeps its own')
  assert.match(virsh.run('dumpxml', 'web').out, /<filterref filter='web-only'\/>/)
  assert.doesNotMatch(virsh.run('dumpxml', 'web', '--inactive').out, /web-only/)
})

test('one whose filter is not there, or needs what nobody says, is refused, and nothing of it is left', () => {
  const [before, links] = [rules(), readdirSync('/sys/class/net')]
  for (const filter of ['nope', 'clean-traffic-gateway']) {
    const [code, text] = virsh.says('attach-device', 'web', nic('52:54:00:aa:bb:03', filter), '--live')
    assert.equal(code, 1)
    assert.match(text, filter === 'nope' ? /referenced filter 'nope' is missing/ : /GATEWAY_MAC/)
  }
  assert.deepEqual([rules(), readdirSync('/sys/class/net')], [before, links])
})

test('a NIC of a machine that runs is given another filter, none, and what it had by undo', () => {
  const second = portOf(SECOND)
  const [before, xml] = [rules(), virsh.run('dumpxml', 'web').out]
  done('update-device', 'web', nic(SECOND, 'no-mac-spoofing'), '--live')
  assert.deepEqual(bindings()[1], [second, 'no-mac-spoofing'])
  assert.doesNotMatch(rules(), /web-only/)
  assert.match(rules(), /no-mac-spoofing/)
  weft.ok('undo')
  assert.deepEqual([rules(), virsh.run('dumpxml', 'web').out], [before, xml])
  assert.deepEqual(bindings()[1], [second, 'web-only'])

  done('update-device', 'web', nic(SECOND), '--live')
  assert.deepEqual([bindings().length, textsOf(second)], [1, []])
  assert.match(virsh.says('update-device', 'web', nic(SECOND, 'nope'), '--live')[1], /'nope' is missing/)
  assert.deepEqual([bindings().length, textsOf(second)], [1, []])
  done('update-device', 'web', nic(SECOND, 'web-only'), '--live')
  assert.equal(rules(), before)
})

test('a port of what runs is bound to a filter by itself, and let go', () => {
  const [first, second] = [portOf(FIRST), portOf(SECOND)]
  const before = rules()
  const binding = (port: string, mac: string, filter = 'web-only'): string =>
    file(
      'binding.xml',
      `<filterbinding><owner><name>web</name><uuid>11111111-0000-4000-8000-000000000001</uuid></owner>
  <portdev name='${port}'/><mac address='${mac}'/><filterref filter='${filter}'/></filterbinding>`,
    )
  const refused = (path: string): string => virsh.says('nwfilter-binding-create', path)[1]
  assert.match(refused(binding(second, SECOND)), /operation failed: binding '.*' already exists/)
  done('nwfilter-binding-delete', second)
  assert.deepEqual([bindings(), textsOf(second)], [[[first, 'clean-traffic']], []])
  assert.match(refused(binding('eth9', SECOND)), /'eth9' is no NIC of a machine that runs/)
  assert.match(refused(binding(second, FIRST)), /has the MAC/)
  assert.match(refused(binding(second, SECOND, 'nope')), /'nope' is missing/)
  done('nwfilter-binding-create', binding(second, SECOND))
  assert.deepEqual([bindings()[1], rules()], [[second, 'web-only'], before])
})

test('a definition is given another filter, and what runs keeps its own', () => {
  const before = rules()
  done('update-device', 'web', nic(FIRST, 'no-mac-spoofing'), '--config')
  assert.match(virsh.run('dumpxml', 'web', '--inactive').out, /no-mac-spoofing/)
  assert.equal(rules(), before)
  done('update-device', 'web', nic(FIRST, 'clean-traffic'), '--config')
})

test('weftd begins anew over machines with filters: nothing changes, and what is flushed comes back', async () => {
  const [before, ports] = [rules(), bindings()]
  await weft.stop('SIGKILL')
  assert.equal(rules(), before)
  weft = await startWeft(weft.root)
  assert.deepEqual([rules(), bindings()], [before, ports])

  const second = portOf(SECOND)
  host('nft', 'flush', 'chain', 'bridge', 'weft', `lab/filter/${second}/in/packets`)
  await until(() => rules() === before)
  host('nft', 'delete', 'table', 'bridge', 'weft')
  await until(() => rules() === before)

  await weft.stop()
  host('nft', 'delete', 'table', 'bridge', 'weft')
  weft = await startWeft(weft.root)
  await until(() => rules() === before)
  assert.deepEqual(bindings(), ports)
})

test('with the machine its filters go', () => {
  done('destroy', 'web')
  assert.deepEqual([bindings(), rules()], [[], ''])
})
