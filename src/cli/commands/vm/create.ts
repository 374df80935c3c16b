/** weft vm create */
import type { CloudInitRequest } from '../../../api/requests.ts'
import { parseSize } from '../../../core/size.ts'
import { WeftError } from '../../../core/errors.ts'
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { followPull } from '../../follow-pull.ts'
import { HARDWARE_FLAGS, hardwareOf } from '../../hardware-flags.ts'
import { diskOf, given, pathOf, shareOf } from '../../values.ts'

const BOOT_DEVICES = ['cd', 'disk', 'net'] as const
type BootDevice = (typeof BOOT_DEVICES)[number]
const MACHINES = ['q35', 'pc', 'microvm'] as const

export const command = declareCommand(
  {
    words: 'vm create',
    summary: 'define a machine',
    arguments: [{ name: 'VM', summary: 'its name' }],
    flags: {
      transient: { kind: 'switch', summary: 'start it at once, and forget it when it ends; its disks stay' },
      ...HARDWARE_FLAGS,
      image: {
        kind: 'text',
        value: 'IMAGE',
        summary: 'make it from this image: a name, or a path; it gets a disk of its own over it',
        completes: 'image',
      },
      disk: {
        kind: 'list',
        value: 'DISK',
        summary:
          'a disk or a path, with ,bus=virtio|scsi|usb|sata|ide ,format= ,ro ,serial= ,boot=N ,iops= and ,bps= as needed; once a disk. With --image, a size is that of the disk over it',
        completes: 'disk',
      },
      cdrom: {
        kind: 'list',
        value: 'FILE',
        summary: 'an ISO image, with ,boot=N as needed; once a drive',
        completes: 'file',
      },
      boot: {
        kind: 'text',
        value: 'ORDER',
        summary: 'cd, disk and net in the order to try, as cd,disk; single devices: ,boot=N behind each',
      },
      kernel: { kind: 'text', value: 'FILE', summary: 'boot this kernel and no disk', completes: 'file' },
      initrd: { kind: 'text', value: 'FILE', summary: 'its initramfs', completes: 'file' },
      append: { kind: 'text', value: 'TEXT', summary: 'its command line' },
      net: {
        kind: 'list',
        value: 'NETWORK[,ip=IP]',
        summary:
          'plug a NIC into this network, with ,mac= ,ip= ,model=virtio|e1000|e1000e|rtl8139 ,boot=N ,portgroup= ,in= ,out= and ,isolated as needed; once a NIC',
        completes: 'network',
      },
      publish: {
        kind: 'list',
        short: 'p',
        value: 'PORT:PORT',
        summary:
          'let a port of this host lead to it, with /udp and ,from=lan as needed; once a port or range',
      },
      'ssh-key': {
        kind: 'list',
        value: 'KEY',
        summary:
          "who may log in: a file, a key, or 'own' for those in your ~/.ssh; for guests with cloud-init",
        completes: 'file',
      },
      user: { kind: 'text', value: 'NAME', summary: "as whom; default: the image's own user" },
      hostname: {
        kind: 'text',
        value: 'NAME',
        summary: "what the guest calls itself; default: the machine's name",
      },
      'user-data': {
        kind: 'text',
        value: 'FILE',
        summary: 'for cloud-init, handed on as it is',
        completes: 'file',
      },
      cpu: { kind: 'text', value: 'MODEL', summary: 'host, max, or a model QEMU knows' },
      accel: {
        kind: 'text',
        value: 'KIND',
        choices: ['auto', 'kvm', 'tcg'],
        summary: 'auto (KVM when it truly works), kvm, tcg',
      },
      firmware: {
        kind: 'text',
        value: 'KIND',
        choices: ['bios', 'uefi', 'uefi-secure'],
        summary: 'bios (default), uefi, or uefi-secure: with Secure Boot',
      },
      share: {
        kind: 'list',
        value: 'DIR:TARGET',
        summary:
          'share a directory: TARGET is a tag, or where a guest with cloud-init mounts it; with ,ro ,kind=virtiofs|9p and ,mapped as needed',
        completes: 'file',
      },
      device: {
        kind: 'list',
        value: 'DEVICE',
        summary:
          'a PCI or USB device of the host, as weft host device list shows it: 0000:01:00.0, 1-2.3, 0781:5567',
      },
      'shared-memory': {
        kind: 'switch',
        summary: 'be ready for virtiofs shares that are attached while it runs',
      },
      tpm: { kind: 'switch', summary: 'with a TPM 2.0 of its own' },
      machine: {
        kind: 'text',
        value: 'TYPE',
        choices: MACHINES,
        summary: 'q35 (default), pc, or microvm: the smallest, with virtio devices alone',
      },
    },
    examples: [
      [
        'weft vm create web --image debian-12 --disk 20G --net default',
        'a disk of 20 GiB that begins as the image',
      ],
      [
        'weft vm create arch --cdrom ~/isos/arch.iso --boot cd --cpu host --accel kvm --cpus 2 --memory 2G',
        'qemu-system-x86_64 -cdrom ~/isos/arch.iso -boot d -cpu host -enable-kvm -smp 2 -m 2G',
      ],
      [
        'weft vm create db --disk db --net default,ip=192.168.122.50',
        'a machine that always has this address',
      ],
      [
        'weft vm create web --image debian-12 --share ~/site:/srv/site,ro',
        'the guest reads ~/site of this host at /srv/site',
      ],
      ['weft vm create web --disk web --net default --memory 1G', 'a machine on the default network'],
      [
        'weft vm create web --disk web --net default -p 8080:80',
        "port 8080 of this host is the machine's port 80",
      ],
      [
        'weft vm create web --disk web --net default,in=1000/5000/1024,out=500',
        'it receives 1000 kB/s, bursts of 1024 KiB at 5000 kB/s, and sends 500 kB/s',
      ],
    ],
    changes: true,
  },
  async ({ arguments: { VM: name }, flags }, door) => {
    const { disks, imageDiskSize } = splitDisks(flags.disk, flags.image)
    const body = given({
      cpuModel: flags.cpu,
      accelerator: flags.accel as 'auto' | 'kvm' | 'tcg' | undefined,
      machine: flags.machine as (typeof MACHINES)[number] | undefined,
      firmware: flags.firmware as 'bios' | 'uefi' | 'uefi-secure' | undefined,
      tpm: flags.tpm ? true : undefined,
      shares: flags.share.map(shareOf),
      devices: flags.device.length === 0 ? undefined : flags.device,
      sharedMemory: flags['shared-memory'] ? true : undefined,
      boot: flags.boot === undefined ? undefined : parseBoot(flags.boot),
      kernel: flags.kernel === undefined ? undefined : pathOf(flags.kernel, '--kernel'),
      initrd: flags.initrd === undefined ? undefined : pathOf(flags.initrd, '--initrd'),
      append: flags.append,
      image: flags.image === undefined ? undefined : diskOf(flags.image),
      imageDiskSize,
      disks: disks.map(diskOf),
      cdroms: flags.cdrom.map((file) => pathOf(file, '--cdrom')),
      cloudInit: await cloudInitOf(flags),
      nets: flags.net,
      publish: flags.publish.length === 0 ? undefined : flags.publish,
      ...hardwareOf(flags),
    })
    // An image that is not here is fetched first.
    const stop = flags.image === undefined ? undefined : await followPull(door)
    try {
      const query = flags.transient ? { transient: true } : {}
      const said = { created: `Machine ${name} created`, started: `Machine ${name} started` }
      await change(door, 'createVm', { query, body: { name, ...body } }, said)
    } finally {
      stop?.()
    }
  },
)

/** The first size is that of the disk over the image; what follows are disks. */
function splitDisks(
  words: readonly string[],
  image: string | undefined,
): { disks: readonly string[]; imageDiskSize: number | undefined } {
  const [first, ...rest] = words
  const imageDiskSize = image === undefined || first === undefined ? undefined : parseSize(first)
  return imageDiskSize === undefined ? { disks: words, imageDiskSize } : { disks: rest, imageDiskSize }
}

interface CloudInitFlags {
  readonly user: string | undefined
  readonly hostname: string | undefined
  readonly 'ssh-key': readonly string[]
  readonly 'user-data': string | undefined
}

/** undefined when nobody has said anything of it. */
async function cloudInitOf(flags: CloudInitFlags): Promise<CloudInitRequest | undefined> {
  const { user, hostname: hostName, 'ssh-key': keys, 'user-data': file } = flags
  if ([user, hostName, file].every((flag) => flag === undefined) && keys.length === 0) return undefined
  const { readText, sshKeysOf } = await import('../../ssh-keys.ts')
  return given({
    user,
    hostName,
    sshKeys: keys.length === 0 ? undefined : sshKeysOf(keys),
    userData: file === undefined ? undefined : readText(file, '--user-data'),
  })
}

function parseBoot(text: string): BootDevice[] {
  return text.split(',').map((word) => {
    const device = BOOT_DEVICES.find((each) => each === word.trim())
    if (device !== undefined) return device
    throw new WeftError('invalid-argument', `'${word}' is nothing to boot from`, {
      hint: '--boot cd,disk,net',
    })
  })
}
