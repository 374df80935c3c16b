/** Networks, from definition to end, and what is refused of them. */
import type { Chapter } from './step.ts'

const NAT = `<network>
  <name>lab</name>
  <uuid>11111111-0000-4000-8000-000000000001</uuid>
  <forward mode='nat'/>
  <bridge name='virbr7' stp='on' delay='0'/>
  <mac address='52:54:00:11:22:07'/>
  <domain name='lab.test' localOnly='yes'/>
  <ip address='10.77.0.1' netmask='255.255.255.0'>
    <dhcp>
      <range start='10.77.0.100' end='10.77.0.200'/>
      <host mac='52:54:00:00:77:10' name='ten' ip='10.77.0.10'/>
    </dhcp>
  </ip>
</network>
`
const ISOLATED = `<network>
  <name>alone</name>
  <uuid>11111111-0000-4000-8000-000000000002</uuid>
  <bridge name='virbr8'/>
  <mac address='52:54:00:11:22:08'/>
  <ip address='10.78.0.1' prefix='24'/>
</network>
`
const SAME_NAME = NAT.replace('000000000001', '000000000009')
const SAME_UUID = NAT.replace('<name>lab<', '<name>other<')
const SAME_BRIDGE = ISOLATED.replace('alone', 'twin')
  .replace('000000000002', '000000000003')
  .replace('10.78', '10.79')
const SAME_SUBNET = ISOLATED.replace('alone', 'twin')
  .replace('000000000002', '000000000003')
  .replace('virbr8', 'virbr9')

export const NETWORKS: Chapter = {
  title: 'Networks',
  steps: [
    { file: 'lab.xml', text: NAT },
    { file: 'alone.xml', text: ISOLATED },
    { file: 'broken.xml', text: '<network><name>broken</name>' },
    { file: 'domain-not-network.xml', text: '<domain type="qemu"><name>x</name></domain>' },
    { file: 'nameless.xml', text: "<network><bridge name='virbr9'/></network>" },
    {
      file: 'bad-address.xml',
      text: "<network><name>bad</name><ip address='10.1.2.300' prefix='24'/></network>",
    },
    {
      file: 'bad-prefix.xml',
      text: "<network><name>bad</name><ip address='10.1.2.1' prefix='77'/></network>",
    },
    {
      file: 'bad-range.xml',
      text: "<network><name>bad</name><ip address='10.1.2.1' prefix='24'><dhcp><range start='10.9.9.9' end='10.9.9.10'/></dhcp></ip></network>",
    },
    { file: 'bad-mode.xml', text: "<network><name>bad</name><forward mode='sideways'/></network>" },
    { file: 'bad-uuid.xml', text: '<network><name>bad</name><uuid>not-one</uuid></network>' },
    { file: 'bad-mac.xml', text: "<network><name>bad</name><mac address='52:54:00'/></network>" },
    { file: 'slash.xml', text: '<network><name>a/b</name></network>' },
    { file: 'same-name.xml', text: SAME_NAME },
    { file: 'same-uuid.xml', text: SAME_UUID },
    { file: 'same-bridge.xml', text: SAME_BRIDGE },
    { file: 'same-subnet.xml', text: SAME_SUBNET },
    'net-list --all',
    'net-list --all --name',
    'net-list --all --uuid --name',
    'net-info default',
    'net-define lab.xml',
    'net-define alone.xml',
    'net-list',
    'net-list --all',
    'net-list --inactive --name',
    'net-list --all --autostart --name',
    'net-list --all --no-autostart --name',
    'net-info lab',
    'net-dumpxml lab',
    'net-dumpxml lab --inactive',
    'net-uuid lab',
    'net-name 11111111-0000-4000-8000-000000000001',
    'net-start lab',
    'net-start lab',
    'net-list --name',
    'net-list --transient',
    'net-info lab',
    'net-dumpxml lab',
    'net-dumpxml lab --inactive',
    'net-dhcp-leases lab',
    'net-dhcp-leases lab 52:54:00:00:77:10',
    'net-dhcp-leases alone',
    'net-port-list lab',
    'net-autostart lab',
    'net-info lab',
    'net-autostart lab --disable',
    'net-start alone',
    'net-destroy alone',
    'net-destroy alone',
    'net-undefine alone',
    'net-create alone.xml',
    'net-info alone',
    'net-autostart alone',
    'net-undefine alone',
    'net-list --transient --name',
    'net-create alone.xml',
    'net-define alone.xml',
    'net-info alone',
    'net-destroy alone',
    'net-undefine alone',
    "net-update lab add ip-dhcp-host \"<host mac='52:54:00:00:77:11' name='eleven' ip='10.77.0.11'/>\" --live --config",
    "net-update lab add ip-dhcp-host \"<host mac='52:54:00:00:77:11' name='eleven' ip='10.77.0.11'/>\" --live --config",
    "net-update lab modify ip-dhcp-host \"<host mac='52:54:00:00:77:11' name='elf' ip='10.77.0.12'/>\" --live",
    'net-dumpxml lab',
    'net-dumpxml lab --inactive',
    'net-update lab delete ip-dhcp-host "<host mac=\'52:54:00:00:77:99\'/>" --live',
    'net-update lab delete ip-dhcp-host "<host mac=\'52:54:00:00:77:11\'/>" --live --config',
    'net-update lab add dns-host "<host ip=\'10.77.0.50\'><hostname>printer</hostname></host>" --live --config',
    "net-update lab add dns-txt \"<txt name='hello' value='world'/>\" --config",
    'net-update lab add nonsense "<host/>" --live',
    "net-update lab add ip-dhcp-host \"<host mac='not-one' ip='10.77.0.13'/>\" --live",
    "net-update lab add ip-dhcp-range \"<range start='10.77.0.210' end='10.77.0.220'/>\" --live --config",
    "net-update lab delete ip-dhcp-range \"<range start='10.77.0.210' end='10.77.0.220'/>\" --live --config",
    'net-dumpxml lab --inactive',
    'net-destroy lab',
    "net-update lab add dns-txt \"<txt name='late' value='one'/>\" --live",
    'net-dhcp-leases lab',
    'net-info nobody',
    'net-dumpxml nobody',
    'net-start nobody',
    'net-destroy nobody',
    'net-undefine nobody',
    'net-autostart nobody',
    'net-uuid nobody',
    'net-name 11111111-0000-4000-8000-00000000dead',
    'net-dhcp-leases nobody',
    'net-define missing.xml',
    'net-create missing.xml',
    'net-define broken.xml',
    'net-define domain-not-network.xml',
    'net-define nameless.xml',
    'net-define bad-address.xml',
    'net-define bad-prefix.xml',
    'net-define bad-range.xml',
    'net-define bad-mode.xml',
    'net-define bad-uuid.xml',
    'net-define bad-mac.xml',
    'net-define slash.xml',
    'net-define lab.xml --validate',
    'net-define same-name.xml',
    'net-define same-uuid.xml',
    'net-define lab.xml',
    'net-start lab',
    'net-define same-bridge.xml',
    'net-undefine twin',
    'net-define same-subnet.xml',
    'net-start twin',
    'net-undefine twin',
    'net-create lab.xml',
    'net-destroy lab',
    'net-undefine lab',
    'net-list --all --name',
    'net-create broken.xml',
    'net-event --list',
    // Nothing of it is anybody else's: weft would refuse it.
    { file: 'marker.xml', text: "<network><name>marker</name><bridge name='virbr6'/></network>" },
    {
      listen: 'net-event --event lifecycle --loop',
      marker: 'marker',
      probe: ['net-define marker.xml', 'net-undefine marker'],
      meanwhile: [
        'net-define lab.xml',
        'net-start lab',
        'net-destroy lab',
        'net-undefine lab',
        'net-create lab.xml',
        'net-destroy lab',
        'net-start default',
        'net-destroy default',
      ],
      until: 'default: Stopped',
    },
  ],
}
