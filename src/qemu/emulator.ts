/** Asks the QEMU of this host what it has; each question once. */
import type { Emulator } from '../app/hardware-ports.ts'
import { parseMachines, type QemuMachines } from '../core/vm/machine-type.ts'

/** Runs a program to its end, whatever its exit code; rejects when it cannot be run. */
export type Run = (argv: readonly [string, ...string[]]) => Promise<{ readonly stdout: string }>

export function createEmulator(run: Run): Emulator {
  const ask = async (...words: string[]): Promise<string> =>
    (await run(['qemu-system-x86_64', ...words])).stdout
  let spice: Promise<boolean> | undefined
  let devices: Promise<string> | undefined
  let machines: Promise<QemuMachines> | undefined
  let version: Promise<number> | undefined
  let models: Promise<readonly string[]> | undefined
  return {
    hasSpice: () =>
      (spice ??= ask('-spice', 'help').then(
        (help) => help.includes('unix='),
        () => false,
      )),
    hasDevice: async (driver) =>
      (await (devices ??= ask('-device', 'help').catch(() => ''))).includes(`name "${driver}"`),
    machines: () =>
      (machines ??= ask('-machine', 'help')
        .catch(() => '')
        .then(parseMachines)),
    version: () => (version ??= ask('--version').then(parseVersion, () => 0)),
    cpuModels: () => (models ??= ask('-cpu', 'help').then(parseModels, () => [])),
    hasSwtpm: () =>
      run(['swtpm', 'socket', '--version']).then(
        () => true,
        () => false,
      ),
  }
}

/** What stands for no processor of its own. */
const NO_MODELS: readonly string[] = ['base', 'host', 'max']

/** One a line; the names of single features follow. Newer QEMUs have blanks where older ones say x86. */
function parseModels(said: string): string[] {
  const [list = ''] = said.split('Recognized CPUID flags')
  const names = [...list.matchAll(/^(?:x86 +| +)([\w.-]+)/gm)].map(([, name = '']) => name)
  return [...new Set(names)].filter((name) => !NO_MODELS.includes(name))
}

function parseVersion(said: string): number {
  const [, major = 0, minor = 0, micro = 0] = /version (\d+)\.(\d+)\.(\d+)/.exec(said) ?? []
  return Number(major) * 1_000_000 + Number(minor) * 1000 + Number(micro)
}
