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
  {
    reason:
      'libvirt tells the processors of a list of its own; weft tells those that QEMU can play here, by the names that QEMU has for them.',
    commands: ['cpu-models x86_64'],
  },
  {
    reason: "Weft's pools are directories; libvirt looks for servers of other kinds once it is told a host.",
    commands: ['find-storage-pool-sources-as netfs'],
  },
  {
    reason:
      'A machine of type pc cannot be given memory while it runs, so it has no more than it begins with; one of type q35 can.',
    commands: ['setmaxmem tiny 128M --config', 'setmem tiny 96M --config', 'dominfo tiny #5'],
  },
  {
    reason: 'Two disks of one image would write over each other; libvirt tells that at the start, if at all.',
    commands: ['attach-disk tiny $DIR/obeys.img vdc --config', 'detach-disk tiny vdc --config'],
  },
  {
    reason: 'A NIC goes into a network that there is; libvirt looks for the network at the start.',
    commands: [
      'attach-interface tiny network nowhere --mac 52:54:00:00:22:03 --model virtio --config',
      'domiflist tiny #3',
    ],
  },
  {
    reason: 'A disk has whole sectors, and nothing behind its end is written or read.',
    commands: [
      'vol-upload bytes.raw bytes.txt default --offset 2000000',
      'vol-download bytes.raw none.got default --offset 2000000',
    ],
  },
  {
    reason:
      'A copy of a disk may go on whatever becomes of the definition; libvirt wants it to be known as a job that ends with the machine.',
    commands: [
      'blockcopy chained vda $POOL/chain-kept.qcow2 --wait --finish',
      'vol-delete chain-kept.qcow2 default',
    ],
  },
  {
    reason: 'A line of QEMU can be made a machine; libvirt cannot do that any more.',
    commands: ['domxml-from-native qemu-argv tiny.xml'],
  },
]

/** To be mended: one that agrees is to be taken away. */
export const NOT_YET: readonly Command[] = []
