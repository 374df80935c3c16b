/** `<os>`: the machine type, its firmware, and a kernel given directly. */
import type { FirmwareDefinition } from '../../../core/vm/definition.ts'
import { machineFamily } from '../../../core/vm/machine-type.ts'
import type { VmSpec } from '../../../core/vm/spec.ts'
import type { Reading } from '../element-shape.ts'
import { given } from '../given.ts'
import { complain } from '../read-value.ts'
import type { OsData } from './domain-element.ts'

/** Without a word libvirt takes `pc`. */
export function readMachine({ type }: OsData, reading: Reading): VmSpec['machine'] {
  const { arch = 'x86_64', machine = 'pc', text } = type ?? {}
  if (type === undefined)
    complain(
      reading,
      '',
      '<domain> has no <os> with a <type>',
      "<os><type arch='x86_64' machine='q35'>hvm</type></os>",
    )
  else if (text !== 'hvm')
    complain(reading, 'os.type', `a guest of type '${text ?? ''}' is not supported`, '<type>hvm</type>')
  if (arch !== 'x86_64')
    complain(reading, 'os.type.arch', `architecture '${arch}' is not supported`, "arch='x86_64'")
  const family = machineFamily(machine)
  if (family === undefined)
    complain(reading, 'os.type.machine', `machine type '${machine}' is not supported`, 'q35, pc or microvm')
  return family ?? 'q35'
}

/** undefined: the newest, whatever that is when the machine is defined. */
export function readMachineVersion({ type }: OsData): string | undefined {
  const machine = type?.machine
  return machine === undefined || machineFamily(machine) === machine ? undefined : machine
}

/** What libvirt names as firmware: files, or only its kind. */
export function readFirmware(os: OsData, reading: Reading): FirmwareDefinition | undefined {
  const { loader, nvram, '@firmware': kind } = os
  const features = (os.firmware?.feature ?? []).filter(({ enabled }) => enabled === 'yes')
  if (kind !== undefined && kind !== 'efi' && kind !== 'bios')
    complain(reading, 'os.@firmware', `firmware '${kind}' is not known`, "firmware='efi' or 'bios'")
  const isSecure = loader?.secure === 'yes' || features.some(({ name }) => name === 'secure-boot')
  if (loader?.text === undefined || loader.text === '') {
    if (nvram?.template !== undefined && kind === undefined)
      complain(reading, 'os.nvram', '<nvram> without a <loader> says nothing', 'name the firmware too')
    return kind === 'efi' ? { kind: isSecure ? 'uefi-secure' : 'uefi' } : undefined
  }
  if (loader.type !== 'pflash') {
    const message = 'a BIOS of your own is not supported: weft takes the one that comes with QEMU'
    complain(reading, 'os.loader', message, 'leave <loader> out')
    return undefined
  }
  if ((loader.format ?? 'raw') !== 'raw' || (nvram?.format ?? 'raw') !== 'raw')
    complain(reading, 'os.loader', 'only firmware in a raw file is supported', "format='raw'")
  const secure = given({ isSecure: isSecure ? (true as const) : undefined })
  return nvram?.template === undefined
    ? { code: loader.text, ...secure }
    : { code: loader.text, template: nvram.template, ...secure }
}

export function readKernel({ kernel, initrd, cmdline }: OsData, reading: Reading): VmSpec['kernel'] {
  if (kernel === undefined) {
    if (initrd !== undefined)
      complain(reading, 'os.initrd', '<initrd> needs a <kernel>', 'name the kernel too')
    else if (cmdline !== undefined)
      complain(reading, 'os.cmdline', '<cmdline> needs a <kernel>', 'name the kernel too')
    return undefined
  }
  return { path: kernel.trim(), ...given({ initrd: initrd?.trim(), append: cmdline }) }
}
