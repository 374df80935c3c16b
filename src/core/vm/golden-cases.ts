/** Machines whose command lines are kept beside the code in golden/, and whose plans the laws are checked with. */
import type { InterfaceName } from '../address/interface-name.ts'
import type { MacAddress } from '../address/mac.ts'
import type { Acceleration, HostFacts } from '../host/facts.ts'
import type { LentDevice } from '../host/lend-device.ts'
import { pathsUnder } from '../host/paths.ts'
import type { NicAddressing } from './cloud-init.ts'
import type { NicDevice, VmSpec } from './spec.ts'

export interface VmGoldenCase {
  readonly name: string
  readonly wanted: VmSpec
  readonly acceleration: Acceleration
  readonly taps: readonly InterfaceName[]
  readonly macvtaps?: readonly InterfaceName[]
  readonly mtus?: readonly (number | undefined)[]
  readonly addressing?: readonly NicAddressing[]
  readonly lent?: readonly LentDevice[]
}

const KVM: Acceleration = { kind: 'kvm', because: 'a boot sector ran under KVM in 97 ms' }
const TCG: Acceleration = { kind: 'tcg', because: 'there is no /dev/kvm' }

const SMALLEST: VmSpec = {
  name: 'web',
  uuid: '6a2c4c1e-9d0b-4b8e-8f0e-3d6a0c1b2a01',
  cpus: 1,
  memoryMiB: 128,
  accelerator: 'auto',
  machine: 'q35',
  boot: [],
  disks: [],
  cdroms: [],
  nics: [],
}

function nic(network: string, last: number, model: NicDevice['model'] = 'virtio'): NicDevice {
  return { network, mac: `52:54:00:00:00:0${String(last)}` as MacAddress, model }
}

const taps = (count: number): InterfaceName[] =>
  Array.from({ length: count }, (_, i) => `vnet${String(i)}` as InterfaceName)

/** Paths and user of a made-up host. */
export function goldenFacts(root: string): HostFacts {
  return {
    paths: pathsUnder(root),
    qemuUser: { name: 'weft-qemu', owner: { uid: 990, gid: 990 }, kvmGid: 108 },
    groups: '/sys/fs/cgroup/system.slice/weftd.service/weft',
    dnsmasqUser: 'dnsmasq',
    programs: {
      ip: '/usr/sbin/ip',
      nft: '/usr/sbin/nft',
      dnsmasq: '/usr/sbin/dnsmasq',
      'qemu-system-x86_64': '/usr/bin/qemu-system-x86_64',
      'qemu-img': '/usr/bin/qemu-img',
      setpriv: '/usr/bin/setpriv',
    },
  }
}

const SEEDED: VmSpec = {
  ...SMALLEST,
  disks: [{ path: '/var/lib/weft/disks/web.qcow2', format: 'qcow2', bus: 'virtio' }],
  nics: [nic('default', 1), nic('lab', 2)],
  cloudInit: {
    user: 'debian',
    sshKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJb5bUXR8s4kU0bV1v2n5t3t2p0o8F0kq2f2m3nq0uQe "ann"@home'],
  },
}

const ADDRESSING: readonly NicAddressing[] = [
  { mac: nic('default', 1).mac, dhcp4: true, dhcp6: true },
  { mac: nic('lab', 2).mac, dhcp4: false, dhcp6: false },
]

export const VM_GOLDEN_CASES: readonly VmGoldenCase[] = [
  { name: 'smallest', wanted: SMALLEST, acceleration: TCG, taps: [] },
  {
    // -cdrom ISO -boot d -cpu host -enable-kvm -smp 2 -m 2G
    name: 'install-from-cd',
    wanted: {
      ...SMALLEST,
      name: 'arch',
      cpus: 2,
      memoryMiB: 2048,
      cpuModel: 'host',
      boot: ['cd', 'disk'],
      cdroms: [{ path: '/srv/iso/archlinux-2024.12.01-x86_64.iso' }],
      disks: [{ path: '/var/lib/weft/disks/arch.qcow2', format: 'qcow2', bus: 'virtio' }],
      nics: [nic('default', 1)],
    },
    acceleration: KVM,
    taps: taps(1),
  },
  {
    name: 'secure-boot',
    wanted: {
      ...SMALLEST,
      firmware: {
        code: '/usr/share/OVMF/OVMF_CODE_4M.ms.fd',
        template: '/usr/share/OVMF/OVMF_VARS_4M.ms.fd',
        isSecure: true,
      },
    },
    acceleration: KVM,
    taps: [],
  },
  { name: 'tpm', wanted: { ...SMALLEST, tpm: true }, acceleration: TCG, taps: [] },
  {
    name: 'shares',
    wanted: {
      ...SMALLEST,
      maxMemoryMiB: 1024,
      sharedMemory: true,
      shares: [
        { path: '/srv/a,b', tag: 'data', kind: 'virtiofs' },
        { path: '/srv/docs', tag: 'docs', kind: '9p', isReadOnly: true },
        { path: '/srv/home', tag: 'home', kind: '9p', isMapped: true },
      ],
    },
    acceleration: TCG,
    taps: [],
  },
  {
    name: 'host-devices',
    wanted: {
      ...SMALLEST,
      devices: [{ device: '0000:01:00.0' }, { device: '1-2.3' }, { device: '0781:5567' }],
    },
    acceleration: KVM,
    taps: [],
    lent: [
      { bus: 'pci', address: '0000:01:00.0', group: 14, driver: 'e1000e' },
      { bus: 'usb', address: '1-2.3', numbers: { bus: 1, device: 4 } },
    ],
  },
  {
    name: 'screen-by-vnc',
    wanted: { ...SMALLEST, display: { kind: 'vnc' } },
    acceleration: TCG,
    taps: [],
  },
  {
    name: 'spice-on-pc',
    wanted: { ...SMALLEST, machine: 'pc', display: { kind: 'spice' }, video: 'qxl' },
    acceleration: TCG,
    taps: [],
  },
  {
    name: 'room-for-more',
    wanted: {
      ...SMALLEST,
      cpus: 2,
      maxCpus: 8,
      topology: { sockets: 2, cores: 2, threads: 2 },
      maxMemoryMiB: 4096,
    },
    acceleration: TCG,
    taps: [],
  },
  {
    name: 'direct-kernel',
    wanted: {
      ...SMALLEST,
      kernel: {
        path: '/boot/vmlinuz',
        initrd: '/boot/initrd.gz',
        append: 'console=ttyS0 quiet weft.hostname=web',
      },
      nics: [nic('default', 1), nic('lab', 2, 'e1000')],
    },
    acceleration: TCG,
    taps: taps(2),
    mtus: [1400, 1400],
  },
  {
    name: 'cable-out',
    wanted: { ...SMALLEST, nics: [{ ...nic('default', 1), link: 'down' }] },
    acceleration: TCG,
    taps: taps(1),
  },
  {
    name: 'microvm',
    wanted: {
      ...SEEDED,
      machine: 'microvm',
      kernel: { path: '/boot/vmlinuz', append: 'root=/dev/vda1 console=ttyS0' },
      disks: [...SEEDED.disks, { path: '/srv/data.img', format: 'raw', bus: 'scsi' }],
      shares: [{ path: '/srv/docs', tag: 'docs', kind: '9p' }],
    },
    acceleration: { ...TCG, clockKHz: 2445426 },
    taps: taps(2),
    addressing: ADDRESSING,
  },
  {
    name: 'macvtaps',
    wanted: { ...SMALLEST, nics: [nic('lan', 1), nic('default', 2), nic('dmz', 3)] },
    acceleration: TCG,
    taps: ['macvtap0', 'vnet0', 'macvtap1'] as InterfaceName[],
    macvtaps: ['macvtap0', 'macvtap1'] as InterfaceName[],
  },
  {
    name: 'from-a-cloud-image',
    wanted: SEEDED,
    acceleration: TCG,
    taps: taps(2),
    addressing: ADDRESSING,
  },
  {
    name: 'own-user-data',
    wanted: {
      ...SEEDED,
      nics: [],
      cloudInit: {
        user: 'root',
        sshKeys: [],
        hostName: 'db.example.org',
        userData: '#cloud-config\npassword: hunter2\n',
      },
    },
    acceleration: TCG,
    taps: [],
  },
  {
    name: 'old-hardware',
    wanted: {
      ...SMALLEST,
      machine: 'pc',
      boot: ['net', 'disk', 'cd'],
      cpuModel: 'qemu64,+ssse3',
      disks: [
        { path: '/srv/a,b.img', format: 'raw', bus: 'sata' },
        { path: '/dev/vg/web', format: 'raw', bus: 'virtio' },
      ],
      cdroms: [{ path: '/srv/one.iso' }, { path: '/srv/two.iso' }],
      nics: [nic('default', 3, 'rtl8139')],
    },
    acceleration: TCG,
    taps: taps(1),
  },
]
