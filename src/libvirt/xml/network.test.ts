/** libvirt's network XML: read, written back as libvirt writes it, refused with line and column. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { InterfaceName } from '../../core/address/interface-name.ts'
import type { MacAddress } from '../../core/address/mac.ts'
import type { Problem } from '../../core/errors.ts'
import { completeNetwork, type Chosen, type NetworkDraft } from '../../core/network/draft.ts'
import { networkProblems } from '../../core/network/problems/problems.ts'
import { formatNetworkXml, parseNetworkXml } from './network.ts'

const CHOSEN: Chosen = {
  uuid: '00000000-0000-4000-8000-000000000001',
  mac: '52:54:00:12:34:56' as MacAddress,
  bridgeName: 'virbr0' as InterfaceName,
}

async function read(xml: string): Promise<NetworkDraft> {
  const result = await parseNetworkXml(xml)
  if ('problems' in result) assert.fail(describe(result.problems).join('\n'))
  return result.draft
}

async function refusal(xml: string): Promise<string[]> {
  const result = await parseNetworkXml(xml)
  if ('draft' in result) assert.fail('was not refused')
  return describe(result.problems)
}

function describe(problems: readonly Problem[]): string[] {
  return problems.map(({ line, column, message }) => `${String(line)}:${String(column)} ${message}`)
}

const folder = join(import.meta.dirname, 'golden')
for (const file of readdirSync(folder)) {
  test(`${file} is written back unchanged`, async () => {
    const xml = readFileSync(join(folder, file), 'utf8')
    const draft = await read(xml)
    const bridgeName = draft.bridge?.name as InterfaceName
    const spec = completeNetwork(draft, { ...CHOSEN, bridgeName })
    assert.equal(formatNetworkXml(spec), xml)
    assert.deepEqual(networkProblems(spec, []), [])
  })
}

test("what libvirt's live XML adds is what weft does anyway", async () => {
  const draft = await read(`<network connections='2'>
    <name>x</name>
    <forward mode='nat'><nat><port start='1024' end='65535'/></nat></forward>
    <ip family='ipv4' address='10.1.0.1'/>
  </network>`)
  assert.equal(draft.mode, 'nat')
  assert.deepEqual(draft.ips, [
    {
      family: 'ipv4',
      cidr: { address: '10.1.0.1', prefix: 8 },
      prefixSpelling: 'class',
      isFamilyWritten: true,
    },
  ])
})

test('<forward> without a mode is nat, no <forward> or none is isolated', async () => {
  const modeOf = async (forward: string): Promise<string> =>
    (await read(`<network><name>x</name>${forward}</network>`)).mode
  assert.equal(await modeOf('<forward/>'), 'nat')
  assert.equal(await modeOf(''), 'isolated')
  assert.equal(await modeOf("<forward mode='none'/>"), 'isolated')
})

test('what weft cannot honour is refused by name, with the reason, and so is what nobody knows', async () => {
  const xml = `<network>
  <name>x</name>
  <bandwidth><inbound average='1' floor='1'/><outbound peak='2'/></bandwidth>
  <bridge name='b' zone='public' colour='red'/>
  <frob/>
  <portgroup name='a'><vlan trunk='no'><tag id='1'/><tag/></vlan><virtualport/></portgroup>
  <forward mode='hostdev' managed='yes'><pf dev='eth0'/></forward>
  <dnsmasq:options><dnsmasq:option value='x'/></dnsmasq:options>
</network>`
  assert.deepEqual(await refusal(xml), [
    "3:35 attribute 'floor' of <inbound> is not supported: only a NIC can have a floor, and weft promises none",
    '3:46 outbound needs an average',
    "4:20 attribute 'zone' of <bridge> is not supported: weft guards its networks itself, without firewalld",
    "4:34 attribute 'colour' of <bridge> is unknown",
    '5:3 <frob> in <network> is unknown',
    '6:29 several tags need a trunk',
    "6:53 <tag> has no attribute 'id'",
    '6:66 <virtualport> in <portgroup> is not supported: it is for Open vSwitch and for switches that speak 802.1Qbg or 802.1Qbh',
    "7:12 forward mode 'hostdev' is not supported: weft does not hand whole PCI devices to guests",
    "7:27 attribute 'managed' of <forward> is not supported: handing a whole PCI device to a guest (hostdev) is not done by weft",
    '7:41 <pf> in <forward> is not supported: handing a whole PCI device to a guest (hostdev) is not done by weft',
    "8:3 the prefix 'dnsmasq' is not declared as libvirt's",
  ])
})

test('VLANs are written back as libvirt 9.0 writes them', async () => {
  const again = async (vlan: string): Promise<string> => {
    const xml = `<network><name>x</name><forward mode='bridge'/><bridge name='br0'/>${vlan}</network>`
    const { vlan: spec } = await read(xml)
    const kept = { name: 'x', uuid: 'u', mode: 'bridge', ips: [], routes: [], kept: [] } as const
    const text = formatNetworkXml({ ...kept, ...(spec && { vlan: spec }) })
    return /<vlan.*<.vlan>/s.exec(text)?.[0].replaceAll(/\n\s*/g, '') ?? ''
  }
  const two = "<tag id='42'/><tag id='43'/>"
  assert.equal(await again(`<vlan>${two}</vlan>`), `<vlan trunk='yes'>${two}</vlan>`)
  const native = "<tag id='42' nativeMode='untagged'/><tag id='43'/>"
  assert.equal(await again(`<vlan>${native}</vlan>`), `<vlan trunk='yes'>${native}</vlan>`)
  assert.equal(await again("<vlan trunk='no'><tag id='42'/></vlan>"), "<vlan><tag id='42'/></vlan>")
  const trunk = "<vlan trunk='yes'><tag id='42'/></vlan>"
  assert.equal(await again(trunk), trunk)
})

test('every wrong value is told with its place', async () => {
  const xml = `<network>
  <name>x</name>
  <forward mode='rote'><nat ipv6='maybe'><port start='1'/><address start='a' end='1.2.3.4'/></nat></forward>
  <bridge stp='maybe' delay='soon'/>
  <mac address='zz'/>
  <ip address='10.1.0.300' netmask='255.0.255.0'>
    <dhcp><range start='10.1.0.2'/><host ip='10.1.0.2'/></dhcp>
  </ip>
  <name>y</name>
  <ip address='fd00::1'/>
  <ip family='ipx' address='1.2.3.4'/>
  <ip family='ipv6' address='fd00::1' netmask='255.0.0.0'><tftp root='/x'/>
    <dhcp><host mac='52:54:00:00:00:01'/><range start='a' end='fd00::2'><lease expiry='2' unit='days'/></range></dhcp>
  </ip>
  <route address='10.1.0.0' prefix='33'/>
  <mtu size='big'/>
  <dns enable='perhaps'><srv port='x'/><host ip='x'/><txt/><forwarder addr='x'/></dns>
</network>`
  assert.deepEqual(await refusal(xml), [
    "3:12 'rote' is no forward mode",
    "3:29 ipv6 is 'yes' or 'no', not 'maybe'",
    "3:42 <port> needs both 'start' and 'end'",
    "3:68 'a' is not an IPv4 address",
    "4:11 stp is 'on' or 'off', not 'maybe'",
    "4:23 the forward delay 'soon' is not a number of seconds",
    "5:8 'zz' is not a MAC address",
    "6:7 '10.1.0.300' is not an IPv4 address",
    "6:28 '255.0.255.0' is not a netmask",
    "7:11 <range> has no attribute 'end'",
    '7:36 a MAC address is missing',
    '9:3 <name> stands twice in <network>',
    "10:7 'fd00::1' looks like IPv6, but the family is not named",
    "11:7 'ipx' is no address family",
    '12:39 IPv6 has prefixes, not netmasks',
    '12:59 files are served by TFTP over IPv4 only',
    '13:17 IPv6 knows guests by their DUID, not by their MAC',
    "13:49 'a' is not an IPv6 address",
    "13:91 'days' is no unit of a lease",
    "15:3 <route> has no attribute 'gateway'",
    "15:29 '33' is not a prefix of 0 to 32",
    "16:8 size is a number, not 'big'",
    "17:8 enable is 'yes' or 'no', not 'perhaps'",
    "17:25 <srv> has no attribute 'service'",
    "17:25 <srv> has no attribute 'protocol'",
    "17:30 port is a number, not 'x'",
    "17:46 'x' is not an IP address",
    "17:54 <txt> has no attribute 'name'",
    "17:54 <txt> has no attribute 'value'",
    "17:71 'x' is not an IP address",
  ])
})

test('malformed XML gives line and column', async () => {
  assert.deepEqual(await refusal('<network>\n  <name>x</network>'), ['2:3 <name> is not closed'])
  assert.deepEqual(await refusal('<domain/>'), ['1:1 this is a <domain>, not a <network>'])
  assert.match((await refusal('<network><name>&nbsp;</name></network>'))[0] ?? '', /^1:\d+ undefined entity/)
})

test('garbage gives problems, never a crash', async () => {
  const word = fc.constantFrom(
    'network',
    'name',
    'ip',
    'dhcp',
    'range',
    'host',
    'constructor',
    '__proto__',
    'x:y',
  )
  const piece = fc.oneof(
    word.map((name) => `<${name}>`),
    word.map((name) => `</${name}>`),
    fc.tuple(word, word, fc.string()).map(([name, attribute, value]) => `<${name} ${attribute}='${value}'/>`),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('<![CDATA[', ']]>', '<!--', '<!DOCTYPE a [<!ENTITY b "c">]>', '&b;', '\r\n'),
  )
  const xml = fc.array(piece).map((pieces) => `<network>${pieces.join('')}</network>`)
  await fc.assert(
    fc.asyncProperty(xml, async (text) => {
      const result = await parseNetworkXml(text)
      assert.ok('draft' in result || result.problems.length > 0)
    }),
  )
})
