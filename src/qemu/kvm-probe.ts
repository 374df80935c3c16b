/**
 * Whether KVM truly works: a device node proves nothing, so a boot sector is booted under it, once per boot of the host. Under
 * nested virtualisation guests have been seen to hang for ever.
 */
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { WeftError } from '../core/errors.ts'
import { confinedArgv } from '../core/host/confinement.ts'
import type { Acceleration, HostFacts } from '../core/host/facts.ts'

export interface ProbeOptions {
  readonly facts: HostFacts
  /** Runs a program; throws WeftError, with the code 'timeout' when it was killed at the limit. */
  readonly run: (
    argv: readonly [string, ...string[]],
    options: { readonly accept: readonly number[]; readonly timeoutMs: number },
  ) => Promise<{ readonly exitCode: number }>
  readonly device?: string
}

/** Booting takes 0.1 s where KVM works. */
const LIMIT_MS = 2000
/** isa-debug-exit ends QEMU with twice the value plus one. */
const EXIT_VALUE = 0x10
const EXIT_CODE = EXIT_VALUE * 2 + 1

/** The answer is kept in the run directory, for this boot of the host and this state of the device node. */
export async function probeAcceleration(options: ProbeOptions): Promise<Acceleration> {
  const device = options.device ?? '/dev/kvm'
  const node = await stat(device).catch(() => undefined)
  if (node === undefined) return { kind: 'tcg', because: `there is no ${device}` }
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
  const stamp = [bootId, node.mode.toString(8), node.uid, node.gid, options.facts.qemuUser.name].join(' ')
  const cacheFile = `${options.facts.paths.run}/acceleration.json`
  const kept = await readKept(cacheFile, stamp)
  if (kept !== undefined) return kept
  const answer = await bootUnderKvm(options, device, mayOpen(node, options.facts))
  await writeFile(cacheFile, `${JSON.stringify({ stamp, ...answer }, null, 2)}\n`)
  return answer
}

/**
 * As QEMU's user where it may open the device; else as root, only to tell whether letting that user in would help.
 */
async function bootUnderKvm(options: ProbeOptions, device: string, isOpen: boolean): Promise<Acceleration> {
  const { facts } = options
  const image = `${facts.paths.run}/kvm-probe.img`
  await writeFile(image, bootSector(), { mode: 0o644 })
  const argv = probeArgv(image)
  const from = performance.now()
  try {
    const asWhom = isOpen ? confinedArgv(facts, argv) : argv
    const { exitCode } = await options.run(asWhom, { accept: [EXIT_CODE], timeoutMs: LIMIT_MS })
    if (exitCode !== EXIT_CODE) return unusable(device, `it ended with ${String(exitCode)}`)
  } catch (error) {
    return isTimeout(error) ? hanging(device) : unusable(device, whatItSaid(error))
  } finally {
    await rm(image, { force: true })
  }
  const ms = Math.round(performance.now() - from)
  if (isOpen) return { kind: 'kvm', because: `a boot sector ran under KVM in ${String(ms)} ms` }
  return { kind: 'tcg', because: `KVM works, but user '${facts.qemuUser.name}' may not open ${device}` }
}

const hanging = (device: string): Acceleration => ({
  kind: 'tcg',
  because: `${device} is there but a guest hangs under it`,
})

const unusable = (device: string, why: string): Acceleration => ({
  kind: 'tcg',
  because: `${device} is there but QEMU cannot use it: ${why}`,
})

function probeArgv(image: string): [string, ...string[]] {
  return [
    'qemu-system-x86_64',
    ...['-machine', 'q35,accel=kvm', '-cpu', 'host', '-smp', '1', '-m', '16M'],
    ...['-no-user-config', '-nodefaults', '-display', 'none', '-no-reboot'],
    ...['-blockdev', `driver=raw,node-name=disk,read-only=on,file.driver=file,file.filename=${image}`],
    ...['-device', 'virtio-blk-pci,drive=disk,bootindex=1'],
    ...['-device', 'isa-debug-exit,iobase=0xf4,iosize=0x04'],
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
  ]
}

/** `mov al,VALUE; out 0xf4,al; hlt; jmp back` and the mark of a boot sector. */
export function bootSector(): Buffer {
  const sector = Buffer.alloc(512)
  sector.set([0xb0, EXIT_VALUE, 0xe6, 0xf4, 0xf4, 0xeb, 0xfd])
  sector.set([0x55, 0xaa], 510)
  return sector
}

interface Node {
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

function mayOpen({ mode, uid, gid }: Node, { qemuUser }: HostFacts): boolean {
  const groups = [qemuUser.owner.gid, qemuUser.kvmGid]
  if (uid === qemuUser.owner.uid) return (mode & 0o600) === 0o600
  return groups.includes(gid) ? (mode & 0o060) === 0o060 : (mode & 0o006) === 0o006
}

async function readKept(path: string, stamp: string): Promise<Acceleration | undefined> {
  try {
    const kept = JSON.parse(await readFile(path, 'utf8')) as Acceleration & { stamp: string }
    return kept.stamp === stamp ? { kind: kept.kind, because: kept.because } : undefined
  } catch {
    return undefined
  }
}

const isTimeout = (error: unknown): boolean => error instanceof WeftError && error.code === 'timeout'

function whatItSaid(error: unknown): string {
  if (!(error instanceof WeftError)) return String(error)
  const said = error.details.find(([label]) => label === 'it said')?.[1] ?? error.message
  const line = said.trim().split('\n')[0] ?? said
  return line.replace(/^qemu-system-x86_64: (error: )?/, '')
}
