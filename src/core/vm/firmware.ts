/** UEFI: which firmware of this host a machine boots with, told by the descriptors that come with it, and its own memory (NVRAM). */
import { WeftError } from '../errors.ts'
import type { HostFacts } from '../host/facts.ts'
import { nvramFile } from '../host/paths.ts'
import { run } from '../plan/action.ts'
import { cannotUndo, noUndo, type Step } from '../plan/plan.ts'
import { escapeCommas } from './qemu-value.ts'
import type { VmSpec } from './spec.ts'

export type FirmwareKind = 'bios' | 'uefi' | 'uefi-secure'

export interface FirmwareSpec {
  /** The firmware itself, shared and never written to. */
  readonly code: string
  /** What the machine's own NVRAM begins as. */
  readonly template: string
  /** Boots only what is signed with keys it knows. */
  readonly isSecure?: true
}

/** Where packages put descriptors: earlier ones come first, whatever directory they are in. */
export const FIRMWARE_DIRECTORIES = ['/etc/qemu/firmware', '/usr/share/qemu/firmware'] as const

/** docs/interop/firmware.json of QEMU, as far as it matters here. */
interface Descriptor {
  readonly 'interface-types'?: readonly string[]
  readonly mapping?: {
    readonly device?: string
    readonly executable?: { readonly filename?: string; readonly format?: string }
    readonly 'nvram-template'?: { readonly filename?: string; readonly format?: string }
  }
  readonly targets?: readonly { readonly architecture?: string; readonly machines?: readonly string[] }[]
  readonly features?: readonly string[]
}

/** `descriptors` are texts in their files' order. Throws what to install when there is none. */
export function chooseFirmware(
  kind: Exclude<FirmwareKind, 'bios'>,
  machine: VmSpec['machine'],
  descriptors: readonly string[],
): FirmwareSpec {
  if (machine === 'microvm')
    throw new WeftError('unsupported', "a 'microvm' machine has no flash for UEFI", {
      hint: 'leave --firmware out, or use --machine q35',
    })
  if (kind === 'uefi-secure' && machine !== 'q35')
    throw new WeftError('unsupported', `Secure Boot needs a 'q35' machine, and this is a '${machine}'`, {
      hint: 'leave --machine out, or use --firmware uefi',
    })
  for (const { mapping, targets = [], features = [], ...rest } of descriptors.flatMap(parseDescriptor)) {
    const [code, template] = [mapping?.executable, mapping?.['nvram-template']]
    const isFlash = rest['interface-types']?.includes('uefi') === true && mapping?.device === 'flash'
    const isRaw = code?.format === 'raw' && template?.format === 'raw'
    const isSecure = features.includes('secure-boot') && features.includes('enrolled-keys')
    const isWanted = kind === 'uefi-secure' ? isSecure : !features.includes('requires-smm')
    if (!isFlash || !isRaw || !isWanted || !targets.some((target) => fits(target, machine))) continue
    if (code.filename === undefined || template.filename === undefined) continue
    return { code: code.filename, template: template.filename, ...(isSecure ? { isSecure } : {}) }
  }
  throw new WeftError(
    'missing-program',
    `this host has no ${kind === 'uefi' ? 'UEFI' : 'Secure Boot'} firmware`,
    {
      hint: 'apt-get install ovmf',
    },
  )
}

function parseDescriptor(text: string): Descriptor[] {
  try {
    return [JSON.parse(text) as Descriptor]
  } catch {
    return []
  }
}

function fits(
  { architecture, machines = [] }: NonNullable<Descriptor['targets']>[number],
  machine: string,
): boolean {
  const name = machine === 'pc' ? 'pc-i440fx-' : `pc-${machine}-`
  return architecture === 'x86_64' && machines.some((each) => each.startsWith(name))
}

/** Properties of the machine, then the flash they name. */
export function firmwareMachineWords({ firmware }: VmSpec): string {
  if (firmware === undefined) return ''
  return `,pflash0=firmware,pflash1=nvram${firmware.isSecure === true ? ',smm=on' : ''}`
}

/** Debian's QEMU has qboot by this name, which starts kernels and no disk; the BIOS itself is beside it, as it is with Fedora's. */
const MICROVM_BIOS = ['-L', '/usr/share/seabios', '-bios', 'bios-microvm.bin']

export function firmwareArgs({ name, machine, kernel, firmware }: VmSpec, { paths }: HostFacts): string[] {
  if (machine === 'microvm' && kernel === undefined) return MICROVM_BIOS
  if (firmware === undefined) return []
  const flash = (node: string, path: string, more: string): string[] => [
    '-blockdev',
    `driver=raw,node-name=${node}${more},file.driver=file,file.filename=${escapeCommas(path)}`,
  ]
  // Only firmware that runs in system management mode may then write to its memory, and S3 would lead around that.
  const guard = [
    '-global',
    'driver=cfi.pflash01,property=secure,value=on',
    '-global',
    'ICH9-LPC.disable_s3=1',
  ]
  return [
    ...flash('firmware', firmware.code, ',read-only=on'),
    ...flash('nvram', nvramFile(paths, name), ''),
    ...(firmware.isSecure === true ? guard : []),
  ]
}

/** Before a start; the memory is the machine's until it is deleted. */
export function nvramSteps({ name, firmware }: VmSpec, hasNvram: boolean, facts: HostFacts): Step[] {
  if (firmware === undefined || hasNvram) return []
  const path = nvramFile(facts.paths, name)
  const { uid, gid } = facts.qemuUser.owner
  const owner = ['-o', String(uid), '-g', String(gid)] as const
  return [
    {
      reason: 'firmware of machines remembers things here',
      do: { kind: 'mkdir', path: path.slice(0, path.lastIndexOf('/')), mode: 0o755 },
      undo: noUndo("an empty directory is in nobody's way"),
    },
    {
      reason: `the firmware of ${name} has a memory of its own, new as from the factory`,
      do: run('install', '-m', '0600', ...owner, '--', firmware.template, path),
      undo: { kind: 'remove', path },
    },
  ]
}

/** With the machine. */
export function forgetNvramSteps({ name, firmware }: VmSpec, { paths }: HostFacts): Step[] {
  if (firmware === undefined) return []
  return [
    {
      reason: `what the firmware of ${name} remembered goes with it`,
      do: { kind: 'remove', path: nvramFile(paths, name) },
      undo: cannotUndo('boot entries and keys that the guest has written are gone'),
    },
  ]
}
