/** What the host is made of, its interfaces and the ports of networks, as stock virsh shows them; its XML is held to libvirt's own schemas. */
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { host, newRoot, runProgram, startWeft, type Ran, type Weft } from './weft-process.ts'

let weft: Weft

before(async () => {
  weft = await startWeft(newRoot())
  host('ip', 'link', 'add', 'lan0', 'type', 'bridge')
  host('ip', 'link', 'add', 'nic0', 'address', '02:00:00:00:00:07', 'type', 'veth', 'peer', 'name', 'nic1')
  host('ip', 'link', 'set', 'nic1', 'address', '02:00:00:00:00:08')
  host('ip', 'link', 'set', 'nic0', 'master', 'lan0')
  for (const link of ['lan0', 'nic0', 'nic1']) host('ip', 'link', 'set', link, 'up')
})
after(() => weft.stop())

function virsh(...words: string[]): Ran {
  const uri = `qemu+unix:///system?socket=${weft.root}/run/weft/libvirt-sock`
  return runProgram(['virsh', '-q', '-c', uri, ...words], { LC_ALL: 'C', HOME: weft.root })
}
const ok = (...words: string[]): string => {
  const { code, out, err } = virsh(...words)
  assert.equal(code, 0, `virsh ${words.join(' ')}: ${err}`)
  return out
}

/** Where libvirt's schemas are installed. */
function isValid(xml: string, schema: string): void {
  const file = `/usr/share/libvirt/schemas/${schema}.rng`
  if (!existsSync(file) || !existsSync('/usr/bin/xmllint')) return
  const { code, err } = runProgram(['xmllint', '--noout', '--relaxng', file, '-'], {}, xml)
  assert.equal(code, 0, `${err}${xml}`)
}

test('node devices are listed by kind and as a tree, and each is valid XML of its own', () => {
  const all = ok('nodedev-list').trim().split('\n')
  assert.ok(all.includes('computer') && all.includes('net_nic0_02_00_00_00_00_07'), all.join(' '))
  assert.deepEqual(ok('nodedev-list', '--cap', 'system').trim(), 'computer')
  const tree = ok('nodedev-list', '--tree')
  assert.match(tree, /^computer\n[^]*\+- net_nic0_02_00_00_00_00_07/)
  const devices = all.filter((name) => /^(computer|pci_|net_)/.test(name)).slice(0, 6)
  for (const name of devices) isValid(ok('nodedev-dumpxml', name), 'nodedev')
  const nic = ok('nodedev-dumpxml', 'net_nic0_02_00_00_00_00_07')
  assert.match(
    nic,
    /<interface>nic0<\/interface>\n *<address>02:00:00:00:00:07<\/address>\n *<link state='up'\/>/,
  )
  assert.match(virsh('nodedev-dumpxml', 'nope').err, /Could not find matching device 'nope'/)
})

test('interfaces are shown as XML, a bridge with what is plugged into it; they are not changed this way', () => {
  assert.match(ok('iface-list', '--all'), /^ *lan0 +active /m)
  const bridge = ok('iface-dumpxml', 'lan0')
  assert.match(
    bridge,
    /<interface type='bridge' name='lan0'>[^]*<bridge stp='off' delay='15'>\n *<interface type='ethernet' name='nic0'>/,
  )
  isValid(bridge, 'interface')
  isValid(ok('iface-dumpxml', 'nic1'), 'interface')
  assert.equal(ok('iface-name', '02:00:00:00:00:08').trim(), 'nic1')
  assert.match(
    virsh('iface-begin').err,
    /this function is not supported by the connection driver: virInterfaceChangeBegin/,
  )
})

test('a NIC that is plugged in is a port of its network', () => {
  weft.ok('net', 'start', 'default')
  weft.ok('vm', 'create', 'web', '--memory', '64', '--net', 'default')
  assert.equal(ok('net-port-list', 'default').trim(), '')
  weft.ok('vm', 'start', 'web')
  const uuid = ok('net-port-list', 'default').trim()
  assert.match(uuid, /^[0-9a-f-]{36}$/)
  const xml = ok('net-port-dumpxml', 'default', uuid)
  isValid(xml, 'networkport')
  const mac = /<mac address='([^']+)'/.exec(weft.ok('vm', 'show', 'web', '--xml'))?.[1] ?? ''
  assert.match(
    xml,
    new RegExp(`<name>web</name>[^]*<mac address='${mac}'/>\\n *<plug type='network' bridge='virbr0'/>`),
  )
  weft.ok('vm', 'kill', 'web')
  assert.equal(ok('net-port-list', 'default').trim(), '')
})

test('the filters that every libvirt brings are listed and shown', () => {
  const names = ok('nwfilter-list')
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/)[1] ?? '')
  assert.equal(names.length, 24)
  for (const name of ['clean-traffic', 'qemu-announce-self-rarp', 'allow-dhcpv6-server'])
    isValid(ok('nwfilter-dumpxml', name), 'nwfilter')
  assert.match(
    ok('nwfilter-dumpxml', 'no-mac-spoofing'),
    /^<filter name='no-mac-spoofing' chain='mac' priority='-800'>\n {2}<uuid>[^]*<rule action='return' direction='out' priority='500'>\n {4}<mac srcmacaddr='\$MAC'\/>/,
  )
  assert.match(
    virsh('nwfilter-dumpxml', 'nope').err,
    /Network filter not found: no nwfilter with matching name 'nope'/,
  )
  assert.equal(ok('nwfilter-binding-list').trim(), '')
})

test('filters of one’s own are defined, used by a machine, and not forgotten while it runs', () => {
  const file = `${weft.root}/web.xml`
  const text = `<filter name='web' chain='root'><uuid>66666666-0000-4000-8000-000000000001</uuid>
  <filterref filter='clean-traffic'/>
  <rule action='accept' direction='in'><tcp dstportstart='22'/></rule>
  <rule action='drop' direction='in'><all/></rule>
</filter>`
  writeFileSync(file, text)
  ok('nwfilter-define', file)
  isValid(ok('nwfilter-dumpxml', 'web'), 'nwfilter')
  assert.match(ok('nwfilter-list'), /66666666-0000-4000-8000-000000000001 +web/)
  const xml = weft
    .ok('vm', 'show', 'web', '--xml')
    .replace('</interface>', "<filterref filter='web'/></interface>")
  const defined = weft.run(['vm', 'define'], xml)
  assert.equal(defined.code, 0, defined.err)
  assert.match(ok('dumpxml', 'web'), /<filterref filter='web'\/>/)
  assert.match(weft.ok('vm', 'start', 'web', '--dry-run'), /web by filter 'web'/)
  const before = host('nft', 'list', 'ruleset')
  ok('start', 'web')
  const [, port = ''] = /^ *(\S+) +web$/m.exec(ok('nwfilter-binding-list')) ?? []
  assert.match(
    ok('nwfilter-binding-dumpxml', port),
    /<portdev name='vnet\d+'\/>[^]*<parameter name='IP' value='192/,
  )
  assert.match(
    host('nft', 'list', 'table', 'bridge', 'weft'),
    new RegExp(`default/filter/${port}/in/packets`),
  )
  assert.match(virsh('nwfilter-undefine', 'web').err, /Requested operation is not valid: nwfilter is in use/)
  ok('destroy', 'web')
  assert.equal(ok('nwfilter-binding-list').trim(), '')
  assert.equal(host('nft', 'list', 'ruleset'), before)
  ok('nwfilter-undefine', 'web')
  assert.match(virsh('start', 'web').err, /referenced filter 'web' is missing/)
})
