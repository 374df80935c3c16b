/** Options about QEMU as a process, and devices that every machine has: why they are not needed, or what there is instead. */
import type { VmDefinition } from '../../core/vm/definition.ts'
import type { LifecyclePolicy } from '../../core/vm/spec.ts'
import { given } from '../../libvirt/xml/given.ts'
import type { LineReader } from './line-options.ts'
import { readValues } from './option-values.ts'

const NOT_NEEDED: Readonly<Record<string, string>> = {
  daemonize: 'every machine runs in the background',
  pidfile: 'weft knows its process: weft vm show',
  runas: 'every machine runs as a user without rights',
  chroot: 'every machine runs as a user without rights',
  sandbox: 'every machine runs in the sandbox',
  'run-with': 'every machine runs as a user without rights',
  'no-user-config': 'weft reads none',
  nodefconfig: 'weft reads none',
  S: 'a machine runs when it is started: weft vm pause stops it',
  D: 'weft keeps what QEMU says',
  d: 'weft keeps what QEMU says',
  trace: 'weft keeps what QEMU says',
  msg: 'weft keeps what QEMU says',
  usb: 'a machine with a screen has a USB bus',
  balloon: 'every machine has a balloon',
  'no-fd-bootchk': 'no machine has a floppy drive',
  'no-hpet': 'guests choose their clock themselves',
  'only-migratable': 'weft saves and restores every machine that it runs',
  'enable-fips': 'weft has no passwords for screens',
  k: 'whoever shows the screen sends keys, not letters',
  L: "weft takes the files that come with this host's QEMU",
  'mem-prealloc': 'the kernel gives memory as it is used',
  overcommit: 'the kernel gives memory as it is used',
  audiodev: 'weft plays no sound',
  soundhw: 'weft plays no sound',
}

/** What matters, with what to do instead. */
const REFUSED: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  snapshot: [
    'what a guest of weft writes stays',
    'a disk to throw away: weft disk create NAME --backing FILE',
  ],
  loadvm: ['weft keeps snapshots with the machine', 'leave it out; then weft snapshot create and revert'],
  incoming: ['weft restores what it has saved itself', 'leave it out; then weft vm save and weft vm start'],
  virtfs: ['weft shares no directory by this line', 'leave it out'],
  fsdev: ['weft shares no directory by this line', 'leave it out'],
  smbios: [
    'weft tells a guest through cloud-init who it is',
    'leave it out; then weft vm create --image has --ssh-key and --user-data',
  ],
  fw_cfg: ['weft hands no files to the firmware', 'leave it out'],
  acpitable: ['weft gives a machine no ACPI tables of somebody else', 'leave it out'],
  numa: ['weft gives a machine one node of memory', 'leave it out'],
  'mem-path': ['weft chooses how the host backs memory', 'leave it out'],
  'no-acpi': ['every machine has ACPI: weft vm stop is its power button', 'leave it out'],
  icount: ['guests of weft run as fast as they can', 'leave it out'],
  readconfig: ['what is in this file cannot be seen from here', 'write its options on the line'],
  gdb: ['weft debugs no guests', 'leave it out'],
  s: ['weft debugs no guests', 'leave it out'],
  'option-rom': ['weft adds no ROMs', 'leave it out'],
  fda: ['no machine has a floppy drive', 'leave it out'],
  fdb: ['no machine has a floppy drive', 'leave it out'],
  'win2k-hack': ['weft works around no bugs of guests', 'leave it out'],
  dtb: ['no x86 machine has a device tree', 'leave it out'],
  set: ['weft sets no properties of devices', 'write them with the device'],
}

const EVERY_MACHINE = 'every machine has one'
const WIRING = 'weft puts devices in places of its own'
const SOUND = 'weft plays no sound'

const DEVICES_NOT_NEEDED: readonly (readonly [RegExp, string])[] = [
  [/^virtio-(rng|balloon)(-pci|-device)?(-(non-)?transitional)?$/, EVERY_MACHINE],
  [
    /^(pcie-root-port|pcie-pci-bridge|pci-bridge|ioh3420|i82801b11-bridge|x3130-upstream|xio3130-downstream|pxb(-pcie)?)$/,
    WIRING,
  ],
  [
    /^(qemu-xhci|nec-usb-xhci|usb-ehci|ich9-usb-(ehci|uhci)\d|piix[34]-usb-uhci|pci-ohci|usb-hub)$/,
    'a machine with a screen has a USB bus',
  ],
  [
    /^(usb-tablet|usb-mouse|usb-kbd|virtio-(keyboard|mouse|tablet)(-pci)?)$/,
    'a machine with a screen has a tablet and a keyboard',
  ],
  [
    /^(ahci|ich9-ahci|virtio-scsi(-pci|-device)?|lsi\w*|piix[34]-ide|pvscsi)$/,
    'weft has the controllers that its disks need',
  ],
  [/^(secondary-vga|qxl)$/, 'a machine has one video card'],
  [
    /^(intel-hda|ich9-intel-hda|hda-(duplex|output|micro)|AC97|ES1370|sb16|virtio-sound(-pci)?|usb-audio)$/,
    SOUND,
  ],
  [/^(pvpanic(-pci)?|vmcoreinfo|isa-debugcon|usb-redir|usb-ccid)$/, 'a guest does without'],
  [/^virtio-mem(-pci)?$/, 'it comes with memory that can grow: -m 2G,maxmem=8G'],
]

const ELSE = /^(virtio-9p(-pci|-device)?|vhost-user-fs(-pci)?|scsi-(block|generic)|nvme(-ns)?|floppy)$/

const INSTEAD: Readonly<Record<string, string>> = {
  scsi: 'if=virtio, if=scsi or if=ide; the guest finds its disk under another name',
  nvme: 'if=virtio, if=scsi or if=ide; the guest finds its disk under another name',
}

export function readHosting(reader: LineReader): Pick<VmDefinition, 'clock' | 'lifecycle' | 'tpm'> {
  for (const [name, why] of Object.entries(NOT_NEEDED))
    for (const option of reader.take(name)) reader.notNeeded(option, why)
  for (const [name, [message, hint]] of Object.entries(REFUSED))
    for (const { words } of reader.take(name)) {
      const [word] = words
      if (word !== undefined) reader.refuse(word, `${word.text}: ${message}`, hint)
    }
  const hasTpm = readTpm(reader)
  readDevices(reader)
  readObjects(reader)
  for (const option of reader.take('usbdevice'))
    if (/^(tablet|mouse|keyboard)$/.test(option.value.text))
      reader.notNeeded(option, 'a machine with a screen has a tablet and a keyboard')
    else reader.refuse(option.value, `weft hands no '${option.value.text}' to a guest`, 'leave it out')
  return given({
    clock: readClock(reader),
    lifecycle: readEnds(reader),
    tpm: hasTpm ? (true as const) : undefined,
  })
}

function readDevices(reader: LineReader): void {
  for (const [names, why] of DEVICES_NOT_NEEDED)
    for (const { option } of reader.takeDevices(names)) reader.notNeeded(option, why)
  for (const { option, driver } of reader.takeDevices(ELSE)) {
    const [name = ''] = /^(scsi|nvme)/.exec(driver) ?? []
    reader.refuse(
      option.value,
      `weft has no device '${driver}' by this line`,
      INSTEAD[name] ?? 'leave it out',
    )
  }
}

function readObjects(reader: LineReader): void {
  for (const option of reader.take('object')) {
    const type = readValues(option.value, 'qom-type').take('qom-type') ?? ''
    if (type.startsWith('rng-')) reader.notNeeded(option, 'every machine has a source of randomness')
    else if (type.startsWith('memory-backend-'))
      reader.notNeeded(option, 'weft chooses how the host backs memory')
    else if (/^(iothread|throttle-group|tls-creds-|filter-|thread-context)/.test(type))
      reader.notNeeded(option, 'weft makes what a machine needs')
    else if (type === 'secret')
      reader.refuse(option.value, 'weft reads no encrypted disk by this line', 'leave it out')
    else reader.refuse(option.value, `weft has no object '${type}'`, 'leave it out to do without')
  }
}

function readTpm(reader: LineReader): boolean {
  const backends = reader.take('tpmdev')
  for (const option of backends)
    if (option.value.text.startsWith('emulator'))
      reader.taken(option, 'a TPM 2.0 of its own, new: what was in the other stays there')
    else reader.refuse(option.value, 'weft hands no TPM of the host to a guest', '-tpmdev emulator')
  for (const { option } of reader.takeDevices(/^tpm-(tis|crb)(-device)?$/))
    reader.taken(option, 'as its guest sees it')
  return backends.length > 0
}

function readClock(reader: LineReader): 'localtime' | undefined {
  let clock: 'localtime' | undefined
  for (const option of reader.take('rtc')) {
    const values = readValues(option.value)
    const base = values.take('base') ?? 'utc'
    values.drop(/^(clock|driftfix)$/)
    reader.finish(option, values)
    if (base !== 'utc' && base !== 'localtime')
      reader.refuse(option.value, `weft starts no clock at '${base}'`, 'base=utc or base=localtime')
    clock = base === 'localtime' ? 'localtime' : undefined
    reader.taken(option, `its clock says ${clock === undefined ? 'the time in UTC' : "this host's time"}`)
  }
  for (const option of reader.take('localtime')) {
    clock = 'localtime'
    reader.taken(option, "its clock says this host's time")
  }
  return clock
}

/** What becomes of it when its guest ends. */
function readEnds(reader: LineReader): LifecyclePolicy | undefined {
  let policy: LifecyclePolicy = {}
  for (const option of reader.take('no-reboot')) {
    policy = { ...policy, onReboot: 'destroy' }
    reader.taken(option, 'it ends when its guest reboots')
  }
  for (const option of reader.take('no-shutdown')) {
    policy = { ...policy, onPoweroff: 'preserve' }
    reader.taken(option, 'it stays when its guest has shut down')
  }
  for (const option of reader.take('action')) {
    const values = readValues(option.value)
    const [reboot, shutdown, panic] = [values.take('reboot'), values.take('shutdown'), values.take('panic')]
    values.drop(/^watchdog$/)
    reader.finish(option, values)
    if (reboot === 'shutdown') policy = { ...policy, onReboot: 'destroy' }
    if (shutdown === 'pause') policy = { ...policy, onPoweroff: 'preserve' }
    if (panic === 'pause') policy = { ...policy, onCrash: 'preserve' }
    if (panic === 'shutdown') policy = { ...policy, onCrash: 'destroy' }
    reader.taken(option, 'what becomes of it when its guest ends')
  }
  return Object.keys(policy).length === 0 ? undefined : policy
}
