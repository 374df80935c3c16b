/** Where weft answers otherwise than libvirtd on purpose, and where it does so because something is still to be made. */
import type { Command } from './step.ts'

export interface Difference {
  readonly reason: string
  /** Each command that shows it. One that has been said before is followed by #2, #3, ... */
  readonly commands: readonly Command[]
}

/** Intended: printed into the reference. One that does not show any more is to be taken away. */
export const DIFFERENCES: readonly Difference[] = [
  {
    reason:
      "A machine's screen is a socket that only its owner may open, and no port that everybody on the host can reach: there is no VNC display number.",
    commands: ['vncdisplay tiny #2', 'domdisplay tiny #2', 'dumpxml tiny --xpath /domain/devices/graphics'],
  },
  {
    reason:
      "Each writes what it adds to a machine into its XML: libvirt PCI addresses, controllers and a processor's model, weft its own element, the guest agent's channel and a source of randomness.",
    commands: ['dumpxml tiny', 'dumpxml tiny --xpath /domain/vcpu', 'dumpxml tiny --xpath /domain/features'],
  },
  {
    reason: 'The text is read by another parser, which tells errors of syntax in words of its own.',
    commands: [
      'net-define broken.xml',
      'net-create broken.xml',
      'define not-closed.xml',
      'create not-closed.xml',
    ],
  },
  {
    reason: 'A machine that is to end at once is killed, and not asked before: its QEMU tells no shutdown.',
    commands: ['event --event lifecycle --loop'],
  },
  {
    reason: 'libvirt stumbles over a machine without processors later, where it looks at NUMA cells.',
    commands: ['define zero-vcpu.xml'],
  },
  {
    reason:
      'A machine of no named type is a q35, which may have 288 processors; libvirt takes pc, which may have 255.',
    commands: ['maxvcpus', 'maxvcpus --type qemu'],
  },
]

/** To be mended: one that agrees is to be taken away. */
export const NOT_YET: readonly Command[] = [
  'cpu-models x86_64',
  'nodesuspend mem 1',
  'pool-dumpxml shelf --xpath /pool/target',
  'vol-clone leaf.qcow2 copy.qcow2 shelf #2',
  'pool-define shelf-same-uuid.xml',
  'pool-define shelf-bad-type.xml',
  'find-storage-pool-sources-as netfs',
  'dumpxml tiny --xpath /domain/devices/disk/target',
  'domjobabort tiny',
  'setmaxmem tiny 128M --config',
  'setmem tiny 96M --config',
  'dominfo tiny #5',
  'attach-disk tiny $DIR/obeys.img vdb --config',
  'domblklist tiny #3',
  'detach-disk tiny vdb --config',
  'attach-interface tiny network nowhere --mac 52:54:00:00:22:03 --model virtio --config',
  'domiflist tiny #3',
  'domif-setlink tiny 52:54:00:00:22:01 down --config',
  'domif-getlink tiny 52:54:00:00:22:01 --config #2',
  'schedinfo tiny',
  'domstate snappy --reason',
  'undefine snappy',
]
