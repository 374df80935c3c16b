/** Machine types of QEMU: two families, each with a version for every release, which stay as they are for ever, and one without versions. */
import type { Problem } from '../errors.ts'
import type { VmSpec } from './spec.ts'

/** Those that a QEMU has. */
export interface QemuMachines {
  readonly names: readonly string[]
  /** What a family stands for: its newest version. */
  readonly newest: Readonly<Partial<Record<VmSpec['machine'], string>>>
}

/** `pc-q35-7.2` is a q35. */
export function machineFamily(name: string): VmSpec['machine'] | undefined {
  if (name === 'q35' || name.startsWith('pc-q35-')) return 'q35'
  if (name === 'pc' || name.startsWith('pc-i440fx-')) return 'pc'
  return name === 'microvm' ? name : undefined
}

/** What `qemu-system-x86_64 -machine help` prints: a line each, `q35   Standard PC (...) (alias of pc-q35-7.2)`. */
export function parseMachines(help: string): QemuMachines {
  const names: string[] = []
  const newest: Partial<Record<VmSpec['machine'], string>> = {}
  for (const [, name = '', about = ''] of help.matchAll(/^(\S+) +(.*)$/gm)) {
    names.push(name)
    const [, version] = /\(alias of (\S+)\)$/.exec(about.trim()) ?? []
    if (version !== undefined && (name === 'q35' || name === 'pc')) newest[name] = version
  }
  return { names, newest }
}

/** With the version that its family stands for now, where it has none: a QEMU that comes later changes nothing for its guest. */
export function withMachineVersion(
  spec: VmSpec,
  { names, newest }: QemuMachines,
): VmSpec | { readonly problem: Problem } {
  const { machine, machineVersion } = spec
  const now = newest[machine]
  if (machineVersion === undefined && now !== undefined) return { ...spec, machineVersion: now }
  if (names.length === 0 && machineVersion === undefined) return spec
  const wanted = machineVersion ?? machine
  if (names.includes(wanted)) return spec
  const hint =
    machineVersion === undefined
      ? 'leave the machine out to have a q35'
      : `leave the version out to have the newest: ${now ?? machine}`
  const message = `this host's QEMU has no machine type '${wanted}'`
  return { problem: { path: 'machine', message, hint } }
}
