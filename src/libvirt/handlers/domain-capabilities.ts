/** What a machine may be made of here, and which processors QEMU can play: asked of QEMU itself. */
import { findFirmware } from '../../app/vm-firmware.ts'
import type { App } from '../../app/ports.ts'
import { machineFamily } from '../../core/vm/machine-type.ts'
import type { MachineKind } from '../../core/vm/spec.ts'
import { escapeXml } from '../xml/element-shape.ts'
import { fail } from './failures.ts'
import type { Context, Handlers } from './handler.ts'

const EMULATOR = '/usr/bin/qemu-system-x86_64'
const ARCH = 'x86_64'
const MOST_PROCESSORS: Readonly<Record<MachineKind, number>> = { q35: 288, pc: 255, microvm: 288 }

export const DOMAIN_CAPABILITY_HANDLERS = {
  CONNECT_GET_DOMAIN_CAPABILITIES: async (context, { emulatorbin, arch, machine, virttype }) => {
    const hasKvm = await context.node.hasKvm()
    if ((arch ?? ARCH) !== ARCH) throw fail('invalidArgument', 'qemu', `unknown architecture: ${arch ?? ''}`)
    const type = virttype ?? (hasKvm ? 'kvm' : 'qemu')
    const emulator = emulatorbin ?? EMULATOR
    if (type !== 'kvm' && type !== 'qemu') throw fail('invalidArgument', 'qemu', `unknown virttype: ${type}`)
    if (type === 'kvm' && !hasKvm)
      throw fail('invalidArgument', 'qemu', `KVM is not supported by '${emulator}' on this host`)
    const { names, newest } = await context.node.machineTypes()
    const word = machine ?? 'q35'
    const version = word === 'q35' || word === 'pc' ? (newest[word] ?? word) : word
    const family = machineFamily(version)
    if (family === undefined || !names.includes(version))
      throw fail(
        'invalidArgument',
        'qemu',
        `the machine '${word}' is not supported by emulator '${emulator}'`,
      )
    return { capabilities: await capabilitiesOf(context, { emulator, type, version, family }) }
  },
  CONNECT_GET_CPU_MODEL_NAMES: async ({ app }, { arch, need_results }) => {
    if (arch !== ARCH) throw fail('invalidArgument', 'qemu', `cannot find architecture ${arch}`)
    const models = await app.emulator.cpuModels()
    return { models: need_results === 0 ? [] : [...models], ret: models.length }
  },
} as const satisfies Partial<Handlers<'CONNECT_GET_DOMAIN_CAPABILITIES' | 'CONNECT_GET_CPU_MODEL_NAMES'>>

interface Asked {
  readonly emulator: string
  readonly type: 'kvm' | 'qemu'
  readonly version: string
  readonly family: MachineKind
}

async function capabilitiesOf({ app }: Context, { emulator, type, version, family }: Asked): Promise<string> {
  const has = (driver: string): Promise<boolean> => app.emulator.hasDevice(driver)
  const [models, hasSpice, hasVirtioVga, hasQxl, hasTpm, uefi] = await Promise.all([
    app.emulator.cpuModels(),
    app.emulator.hasSpice(),
    has('virtio-vga'),
    has('qxl-vga'),
    app.emulator.hasSwtpm(),
    uefiOf(app, family),
  ])
  const some = (words: Readonly<Record<string, boolean>>): string[] =>
    Object.keys(words).filter((word) => words[word])
  const isPci = family !== 'microvm'
  const lines = [
    '<domainCapabilities>',
    `  <path>${escapeXml(emulator)}</path>`,
    `  <domain>${type}</domain>`,
    `  <machine>${escapeXml(version)}</machine>`,
    `  <arch>${ARCH}</arch>`,
    `  <vcpu max='${String(MOST_PROCESSORS[family])}'/>`,
    "  <iothreads supported='no'/>",
    ...osLines(uefi),
    ...cpuLines(type, models),
    "  <memoryBacking supported='yes'>",
    ...enumLines('sourceType', ['memfd']),
    '  </memoryBacking>',
    '  <devices>',
    ...deviceLines('disk', {
      diskDevice: some({ disk: true, cdrom: isPci }),
      bus: some({ ide: family === 'pc', scsi: true, virtio: true, usb: isPci, sata: isPci }),
      model: ['virtio'],
    }),
    ...deviceLines('graphics', { type: some({ vnc: isPci, spice: hasSpice && isPci }) }),
    ...deviceLines('video', {
      modelType: some({ vga: isPci, qxl: hasQxl && isPci, virtio: hasVirtioVga && isPci, none: true }),
    }),
    ...deviceLines('hostdev', { mode: ['subsystem'], subsysType: ['usb', 'pci'] }, isPci),
    ...deviceLines('rng', { model: ['virtio'], backendModel: ['builtin'] }),
    ...deviceLines('filesystem', { driverType: ['path', 'virtiofs'] }),
    ...deviceLines(
      'tpm',
      { model: ['tpm-crb'], backendModel: ['emulator'], backendVersion: ['2.0'] },
      hasTpm,
    ),
    '  </devices>',
    '  <features>',
    "    <gic supported='no'/>",
    "    <vmcoreinfo supported='no'/>",
    "    <genid supported='no'/>",
    "    <backingStoreInput supported='no'/>",
    "    <backup supported='no'/>",
    "    <sev supported='no'/>",
    '  </features>',
    '</domainCapabilities>',
  ]
  return `${lines.join('\n')}\n`
}

/** Where the host has one. */
async function uefiOf(app: App, machine: MachineKind): Promise<string | undefined> {
  try {
    return (await findFirmware(app, { name: 'any', machine, firmware: 'uefi' })).firmware?.code
  } catch {
    return undefined
  }
}

function osLines(uefi: string | undefined): string[] {
  return [
    "  <os supported='yes'>",
    ...enumLines('firmware', uefi === undefined ? [] : ['efi']),
    ...(uefi === undefined
      ? ["    <loader supported='no'/>"]
      : [
          "    <loader supported='yes'>",
          `      <value>${escapeXml(uefi)}</value>`,
          ...enumLines('type', ['pflash'], '      '),
          ...enumLines('readonly', ['yes'], '      '),
          ...enumLines('secure', ['yes', 'no'], '      '),
          '    </loader>',
        ]),
    '  </os>',
  ]
}

function cpuLines(type: Asked['type'], models: readonly string[]): string[] {
  const mode = (name: string, isThere: boolean): string =>
    `    <mode name='${name}' supported='${isThere ? 'yes' : 'no'}'/>`
  return [
    '  <cpu>',
    mode('host-passthrough', type === 'kvm'),
    mode('maximum', true),
    mode('host-model', false),
    "    <mode name='custom' supported='yes'>",
    ...models.map((name) => `      <model usable='unknown' vendor='unknown'>${escapeXml(name)}</model>`),
    '    </mode>',
    '  </cpu>',
  ]
}

function deviceLines(
  name: string,
  enums: Readonly<Record<string, readonly string[]>>,
  isThere = true,
): string[] {
  if (!isThere) return [`    <${name} supported='no'/>`]
  const inner = Object.entries(enums).flatMap(([key, values]) => enumLines(key, values, '      '))
  return [`    <${name} supported='yes'>`, ...inner, `    </${name}>`]
}

function enumLines(name: string, values: readonly string[], indent = '    '): string[] {
  if (values.length === 0) return [`${indent}<enum name='${name}'/>`]
  return [
    `${indent}<enum name='${name}'>`,
    ...values.map((value) => `${indent}  <value>${escapeXml(value)}</value>`),
    `${indent}</enum>`,
  ]
}
