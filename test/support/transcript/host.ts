/** The host, and what else a connection is asked; snapshots; filters, secrets, devices. */
import type { Chapter } from './step.ts'

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
    'secret-list',
    'secret-dumpxml 44444444-0000-4000-8000-000000000001',
    'nodesuspend mem 1',
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
    'undefine snappy',
    'vol-delete snappy.qcow2 default',
  ],
}
