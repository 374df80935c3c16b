/** The host, and what else a connection is asked; snapshots; filters, secrets, devices. */
import type { Chapter } from './step.ts'

const BINDING = `<filterbinding>
  <owner><name>tiny</name><uuid>22222222-0000-4000-8000-000000000001</uuid></owner>
  <portdev name='vnet99'/>
  <mac address='52:54:00:00:22:01'/>
  <filterref filter='clean-traffic'/>
</filterbinding>
`

export const HOST: Chapter = {
  title: 'The host',
  steps: [
    'uri',
    'version',
    'nodeinfo',
    'nodecpumap',
    'maxvcpus',
    'maxvcpus --type qemu',
    'maxvcpus --type nonsense',
    'capabilities --xpath /capabilities/host/cpu/arch',
    'capabilities --xpath "/capabilities/guest/arch[@name=\'x86_64\']/domain"',
    'capabilities --xpath "/capabilities/guest/arch[@name=\'x86_64\']/wordsize"',
    'domcapabilities --xpath /domainCapabilities/domain --virttype qemu',
    'domcapabilities --xpath /domainCapabilities/arch --virttype qemu',
    'domcapabilities --xpath /domainCapabilities/vcpu --virttype qemu --machine q35',
    'domcapabilities --virttype nonsense',
    'cpu-models x86_64',
    'sysinfo --xpath /sysinfo/nothing',
    'iface-list',
    'iface-dumpxml nothing',
    'nodedev-list --cap net',
    'nodedev-dumpxml nothing',
    'nwfilter-list',
    'nwfilter-dumpxml nothing',
    'nwfilter-dumpxml no-mac-spoofing --xpath /filter/@name',
    'nwfilter-binding-list',
    'nwfilter-binding-dumpxml nothing',
    'nwfilter-binding-delete nothing',
    'nwfilter-binding-create missing.xml',
    { file: 'binding-no-port.xml', text: BINDING.replace(/<portdev.*\/>/, '') },
    { file: 'binding-no-mac.xml', text: BINDING.replace(/<mac .*\/>/, '') },
    { file: 'binding-bad-mac.xml', text: BINDING.replace('52:54:00:00:22:01', 'nonsense') },
    { file: 'binding-no-filter.xml', text: BINDING.replace(/<filterref.*\/>/, '') },
    { file: 'binding-other.xml', text: BINDING.replaceAll('filterbinding', 'binding') },
    ...['no-port', 'no-mac', 'bad-mac', 'no-filter', 'other'].map(
      (wrong) => `nwfilter-binding-create binding-${wrong}.xml`,
    ),
    'nwfilter-undefine nothing',
    {
      file: 'web.xml',
      text: `<filter name='web' chain='root'>
  <uuid>66666666-0000-4000-8000-000000000001</uuid>
  <rule action='accept' direction='in'><tcp dstportstart='0x16' comment='ssh' state='NEW,ESTABLISHED' srcipaddr='10.1.2.3' srcipmask='255.255.0.0'/></rule>
  <rule action='drop' direction='out' priority='-5'><mac match='no' srcmacaddr='1:2:3:4:5:6' protocolid='2048'/></rule>
  <rule action='continue' direction='inout' statematch='false'><ip protocol='17'/><ip match='no' dstipaddr='10.0.0.2'/></rule>
  <filterref filter='nothing'><parameter name='X' value='1'/><parameter name='A' value='3'/></filterref>
</filter>`,
    },
    'nwfilter-define web.xml',
    'nwfilter-dumpxml web',
    'nwfilter-list',
    { file: 'web-again.xml', text: "<filter name='web'/>" },
    'nwfilter-define web-again.xml',
    {
      file: 'web-other.xml',
      text: "<filter name='other'><uuid>66666666-0000-4000-8000-000000000001</uuid></filter>",
    },
    'nwfilter-define web-other.xml',
    { file: 'loop.xml', text: "<filter name='loop'><filterref filter='loop'/></filter>" },
    'nwfilter-define loop.xml',
    { file: 'bad-chain.xml', text: "<filter name='bad' chain='nope'/>" },
    'nwfilter-define bad-chain.xml',
    { file: 'bad-action.xml', text: "<filter name='bad'><rule action='frob' direction='in'/></filter>" },
    'nwfilter-define bad-action.xml',
    {
      file: 'bad-port.xml',
      text: "<filter name='bad'><rule action='drop' direction='in'><tcp dstportstart='70000'/></rule></filter>",
    },
    'nwfilter-define bad-port.xml',
    'nwfilter-undefine web',
    'nwfilter-dumpxml web',
    'secret-list',
    'secret-dumpxml 44444444-0000-4000-8000-000000000001',
    'nodesuspend mem 1',
    'nodesuspend disk 1',
    'iface-dumpxml lo',
    'iface-mac lo',
    'iface-name 02:00:00:00:00:77',
    'iface-bridge lo br9',
    'iface-start nothing',
    'iface-define missing.xml',
    'iface-begin',
    'nodedev-info nothing',
    'nodedev-info computer',
    'nodedev-autostart nothing',
    'nodedev-define missing.xml',
    'nodedev-undefine nothing',
    'nodedev-start nothing',
    'nodedev-create missing.xml',
    'nodedev-destroy nothing',
    'iface-commit',
    'iface-rollback',
    'iface-destroy lo',
    'iface-undefine lo',
    'nodesevinfo',
    'allocpages 12 1',
    'cpu-baseline missing.xml',
    'hypervisor-cpu-compare missing.xml',
    'nodedev-detach nothing',
    'nodedev-reset nothing',
    'nodedev-list --cap nonsense',
    'nodedev-event --list',
    'node-memory-tune',
    'capabilities --xpath /capabilities/guest/os_type',
    'sysinfo --nonsense',
    'cpu-compare missing.xml',
    'hostname --nonsense',
    'secret-list --ephemeral',
    'domstats',
    'nodecpustats --cpu 99',
    'nodememstats --cell 99',
    'nodecpustats --percent nonsense',
    'freepages --all nonsense',
    'domxml-to-native qemu-argv --domain nobody',
    'list --nonsense',
    'nonsense',
    'domstats nobody',
    'pool-capabilities --xpath "/storagepoolCapabilities/pool[@type=\'dir\']/@supported"',
  ],
}

export const SNAPSHOTS: Chapter = {
  title: 'Snapshots',
  steps: [
    {
      file: 'snap.xml',
      text: '<domainsnapshot><name>two</name><description>the second</description></domainsnapshot>',
    },
    {
      file: 'snappy.xml',
      text: `<domain type='qemu'>
  <name>snappy</name>
  <uuid>55555555-0000-4000-8000-000000000001</uuid>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/><source file='$POOL/snappy.qcow2'/><target dev='vda' bus='virtio'/>
    </disk>
  </devices>
</domain>
`,
    },
    'define snappy.xml',
    'snapshot-list snappy',
    'snapshot-current snappy',
    'snapshot-create-as snappy one "the first"',
    'snapshot-create-as snappy one',
    'snapshot-list snappy --name',
    'snapshot-list snappy --tree',
    'snapshot-current snappy --name',
    'snapshot-create snappy snap.xml',
    'snapshot-list snappy --name',
    'snapshot-list snappy --parent',
    'snapshot-list snappy --roots --name',
    'snapshot-list snappy --leaves --name',
    'snapshot-list snappy',
    'snapshot-info snappy one',
    'snapshot-info snappy two',
    'snapshot-parent snappy two',
    'snapshot-parent snappy one',
    'snapshot-dumpxml snappy two --xpath /domainsnapshot/name',
    'snapshot-dumpxml snappy two --xpath /domainsnapshot/description',
    'snapshot-dumpxml snappy two --xpath /domainsnapshot/state',
    'snapshot-dumpxml snappy two --xpath /domainsnapshot/parent',
    'snapshot-revert snappy one',
    'snapshot-current snappy --name',
    'snapshot-revert snappy nothing',
    'snapshot-delete snappy nothing',
    'snapshot-info snappy nothing',
    'snapshot-list nobody',
    'start snappy',
    'snapshot-create-as snappy live',
    'snapshot-list snappy',
    'snapshot-revert snappy live',
    'domstate snappy --reason',
    'snapshot-delete snappy live',
    'destroy snappy',
    'undefine snappy',
    'snapshot-delete snappy one',
    'snapshot-list snappy --name',
    'snapshot-delete snappy two',
    'snapshot-create-as snappy last',
    'undefine snappy',
    'undefine snappy --snapshots-metadata',
    'list --all --name',
    'vol-delete snappy.qcow2 default',
  ],
}
