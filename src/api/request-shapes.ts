/** Shapes of what the API is asked: each is held to its interface in `requests.ts` by the compiler. */
import { DISK_JOB_REQUESTS } from './disk-job-requests.ts'
import { DEVICE_WORDS, HARDWARE_REQUEST, SHARE_WORDS } from './hardware-requests.ts'
import type * as Request from './requests.ts'
import { array, boolean, integer, nullable, number, object, oneOf, optional, string } from './shape.ts'

const text = (description: string, maxLength = 4096) => string({ description, minLength: 1, maxLength })
/** Names become file names: nothing that a path could be made of. */
const name = string({
  description: 'a name of letters, digits, dots, dashes and underscores that begins with a letter or digit',
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]*$',
  maxLength: 64,
})
const bytes = integer({ description: 'bytes', minimum: 1 })

export const REQUESTS = {
  defineNetwork: object<Request.DefineNetworkRequest>(
    {
      text: string({ description: 'the definition as libvirt XML, YAML or JSON' }),
      format: optional(oneOf('xml', 'yaml', 'json')),
      source: optional(string({ description: "the file's name, for messages", maxLength: 4096 })),
    },
    'DefineNetwork',
  ),
  defineVm: object<Request.DefineVmRequest>(
    {
      text: string({ description: 'the definition as libvirt domain XML, YAML or JSON' }),
      source: optional(string({ description: "the file's name, for messages", maxLength: 4096 })),
    },
    'DefineVm',
  ),
  importVm: object<Request.ImportVmRequest>(
    {
      text: string({ description: 'a QEMU line, alone or in a shell script, or domain XML of libvirt' }),
      from: oneOf('command', 'libvirt'),
      source: optional(string({ description: "the file's name, for messages", maxLength: 4096 })),
      name: optional(name),
      nets: optional(array(text('NETWORK for every NIC, or FROM=NETWORK for those on that one', 255))),
      directory: optional(text('what paths of the line begin in')),
      home: optional(text('what ~ in the line is')),
    },
    'ImportVm',
  ),
  updateNetwork: object<Request.UpdateNetworkRequest>(
    {
      command: oneOf('add', 'add-first', 'add-last', 'modify', 'delete'),
      section: text(
        'as libvirt names them: ip-dhcp-host, ip-dhcp-range, dns-host, dns-txt, forward, portgroup, ...',
        64,
      ),
      entry: array(text('words such as mac=52:54:00:00:00:07, or one XML element', 65_536)),
      parentIndex: optional(
        integer({ description: 'which address of the network, from 0', minimum: -1, maximum: 1000 }),
      ),
      live: optional(boolean('of the network that runs')),
      config: optional(boolean('of its definition')),
    },
    'UpdateNetwork',
  ),
  autostart: object<Request.AutostartRequest>({ autostart: boolean() }, 'Autostart'),
  addPort: object<Request.AddPortRequest>(
    {
      netns: optional(text('a named network namespace')),
      pid: optional(integer({ description: 'the namespace of this process', minimum: 1 })),
      name: optional(text('its name in the DNS of the network')),
      interface: optional(text("the interface's name inside the namespace")),
      mac: optional(text('a MAC address')),
      ip: optional(text('a fixed IPv4 address')),
      portgroup: optional(text('a class of NICs that the network has')),
      isolated: optional(boolean('its neighbours do not reach it')),
    },
    'AddPort',
  ),
  cloneVm: object<Request.CloneVmRequest>(
    { name, linked: optional(boolean('its disks begin with those of the source')) },
    'CloneVm',
  ),
  renameVm: object<Request.RenameVmRequest>({ name }, 'RenameVm'),
  vmPolicy: object<Request.VmPolicyRequest>(
    {
      onPoweroff: optional(oneOf('destroy', 'restart', 'preserve')),
      onReboot: optional(oneOf('destroy', 'restart')),
      onCrash: optional(oneOf('destroy', 'restart', 'preserve')),
    },
    'VmPolicy',
  ),
  autostartVm: object<Request.AutostartVmRequest>(
    {
      autostart: boolean(),
      order: optional(integer({ description: 'lower ones first', minimum: 0, maximum: 1_000_000 })),
      delaySeconds: optional(
        number({ description: 'how long the next one waits after this one', minimum: 0, maximum: 86400 }),
      ),
    },
    'AutostartVm',
  ),
  setVm: object<Request.SetVmRequest>({ ips: array(text('an address for the NIC on its network')) }, 'SetVm'),
  attachNic: object<Request.AttachNicRequest>(
    { net: text('a network; mac=, ip=, portgroup=, in=, out= and isolated may follow, joined by commas') },
    'AttachNic',
  ),
  moveNic: object<Request.MoveNicRequest>({ network: text('the network it shall be on') }, 'MoveNic'),
  changeCd: object<Request.ChangeCdRequest>(
    { path: nullable(text('an absolute path; null: the drive is empty')) },
    'ChangeCd',
  ),
  setPort: object<Request.SetPortRequest>(
    {
      link: optional(oneOf('up', 'down')),
      delayMs: optional(
        number({
          description: 'milliseconds that packets are late',
          minimum: 0,
          maximum: 60_000,
        }),
      ),
      lossPercent: optional(number({ description: 'packets lost, in a hundred', minimum: 0, maximum: 100 })),
      rateBits: optional(
        integer({
          description: 'bits a second; 0: any',
          minimum: 0,
          maximum: 1_000_000_000_000,
        }),
      ),
      clear: optional(boolean('impairments not named here end')),
      direction: optional(oneOf('to-guest', 'from-guest', 'both')),
    },
    'SetPort',
  ),
  addRule: object<Request.AddRuleRequest>(
    {
      rule: text('allow in tcp 22 from 10.0.0.0/8'),
      guest: optional(text('the rule is of this guest')),
      group: optional(text('the rule is of this group')),
      before: optional(integer({ description: 'before the rule of this number', minimum: 1 })),
    },
    'AddRule',
  ),
  setRules: object<Request.SetRulesRequest>(
    {
      guest: optional(text('of this guest')),
      group: optional(text('of this group')),
      in: optional(oneOf('allow', 'deny', 'inherit')),
      out: optional(oneOf('allow', 'deny', 'inherit')),
      antiSpoofing: optional(oneOf('none', 'mac', 'address', 'inherit')),
      addresses: optional(array(text('a subnet the guest may send from besides its own address'))),
    },
    'SetRules',
  ),
  groupMembers: object<Request.GroupMembersRequest>({ members: array(text('a guest')) }, 'GroupMembers'),
  cloneDisk: object<Request.CloneDiskRequest>(
    {
      name,
      format: optional(oneOf('qcow2', 'raw')),
      pool: optional(text('a pool; absent: that of the disk')),
    },
    'CloneDisk',
  ),
  importDisk: object<Request.ImportDiskRequest>(
    {
      name,
      format: optional(oneOf('qcow2', 'raw')),
      pool: optional(text('a pool; default is built in')),
      path: text('an absolute path'),
      from: optional(oneOf('qcow2', 'raw', 'vmdk', 'vdi', 'vhdx', 'vpc', 'qed')),
    },
    'ImportDisk',
  ),
  attachDisk: object<Request.AttachDiskRequest>(
    { disk: text('a disk, or an absolute path; format=, ro, iops= and bps= may follow, joined by commas') },
    'AttachDisk',
  ),
  convertDisk: object<Request.ConvertDiskRequest>({ format: oneOf('qcow2', 'raw') }, 'ConvertDisk'),
  limitDisk: object<Request.LimitDiskRequest>(
    {
      iops: optional(integer({ description: 'requests a second; 0: any', minimum: 0 })),
      bps: optional(integer({ description: 'bytes a second; 0: any', minimum: 0 })),
    },
    'LimitDisk',
  ),
  overlayDisk: object<Request.OverlayDiskRequest>(
    {
      name: optional(text('of the overlay, or an absolute path; absent: the next that is free')),
      pool: optional(text('a pool; default is built in')),
    },
    'OverlayDisk',
  ),
  ...DISK_JOB_REQUESTS,
  definePool: object<Request.DefinePoolRequest>({ name, path: text('a directory') }, 'DefinePool'),
  resizeDisk: object<Request.ResizeDiskRequest>(
    { size: bytes, mayShrink: optional(boolean()) },
    'ResizeDisk',
  ),
  importImage: object<Request.ImportImageRequest>(
    {
      path: text('an absolute path'),
      name: optional(text('absent: the name of the file, without its ending', 64)),
      checksum: optional(text('sha256:HEX or sha512:HEX', 200)),
      user: optional(text('who logs in', 32)),
    },
    'ImportImage',
  ),
  createVm: object<Request.CreateVmRequest>(
    {
      ...HARDWARE_REQUEST,
      name,
      cpus: optional(integer({ minimum: 1, maximum: 1024 })),
      memoryMiB: optional(integer({ description: 'MiB', minimum: 1 })),
      cpuModel: optional(text('host, max, or a model QEMU knows')),
      accelerator: optional(oneOf('auto', 'kvm', 'tcg')),
      machine: optional(oneOf('q35', 'pc', 'microvm')),
      firmware: optional(oneOf('bios', 'uefi', 'uefi-secure')),
      tpm: optional(boolean()),
      shares: optional(array(text(SHARE_WORDS))),
      devices: optional(array(text(DEVICE_WORDS))),
      sharedMemory: optional(boolean('other processes may see its memory: for shares that come later')),
      boot: optional(array(oneOf('cd', 'disk', 'net'))),
      kernel: optional(text('an absolute path')),
      initrd: optional(text('an absolute path')),
      append: optional(text('the command line of the kernel')),
      disks: optional(
        array(text('a disk or a path; ,bus= ,format= ,ro ,serial= ,boot= ,iops= and ,bps= may follow')),
      ),
      cdroms: optional(array(text('an absolute path; boot= may follow'))),
      image: optional(text('name of an image, or an absolute path')),
      imageDiskSize: optional(bytes),
      cloudInit: optional(
        object<Request.CloudInitRequest>(
          {
            user: optional(text('who may log in')),
            sshKeys: optional(array(text('a public key', 16_384))),
            hostName: optional(text("absent: the machine's name")),
            userData: optional(text('handed on to cloud-init as it is', 524_288)),
          },
          'CloudInit',
        ),
      ),
      nets: optional(
        array(text('a network; mac=, ip=, portgroup=, in=, out= and isolated may follow, joined by commas')),
      ),
      publish: optional(array(text('[ADDRESS:]PORT:PORT[/udp][,from=WHO]'))),
    },
    'CreateVm',
  ),
  execInVm: object<Request.ExecRequest>(
    {
      argv: array(text('the program, then its words', 65_536)),
      input: optional(string({ description: 'what it reads, as base64', pattern: '^[A-Za-z0-9+/]*={0,2}$' })),
      limitSeconds: optional(
        integer({ description: 'how long to wait; 3600', minimum: 1, maximum: 604_800 }),
      ),
    },
    'Exec',
  ),
  undo: object<Request.UndoRequest>(
    { number: optional(integer({ description: 'a number of the history', minimum: 1 })) },
    'Undo',
  ),
} as const
