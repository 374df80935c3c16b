/** What is wrong with a machine's definition on this host: everything at once, each with what to do. */
import type { Problem } from '../errors.ts'
import { isMulticastMac } from '../address/mac.ts'
import type { Acceleration, HostFacts } from '../host/facts.ts'
import { bootProblems } from './boot-order.ts'
import { cloudInitProblems } from './cloud-init-problems.ts'
import { vmFiles } from './context.ts'
import { deviceProblems } from './device-problems.ts'
import { fileProblems, type ImageUsers } from './file-problems.ts'
import { hardwareProblems, type SeenHardware } from './hardware-problems.ts'
import { microvmProblems } from './microvm.ts'
import { hostDeviceProblems } from './host-device-problems.ts'
import type { SeenFile } from './seen.ts'
import { shareProblems } from './share-problems.ts'
import type { VmSpec } from './spec.ts'

/** What a definition is held against. */
export interface VmSurroundings {
  readonly facts: HostFacts
  /** What this host can do, whatever the definition asks for. */
  readonly acceleration: Acceleration
  readonly others: readonly VmSpec[]
  /** Networks there are. */
  readonly networks: ReadonlySet<string>
  /** Every file the definition names; undefined when it is not there. */
  readonly files: ReadonlyMap<string, SeenFile | undefined>
  /** Who else has the images. */
  readonly users: ImageUsers
  readonly hardware: SeenHardware
}

/** What every TAP is opened through. */
export const TUN_NODE = '/dev/net/tun'
/** pc and q35 number their processors with 8 bits of APIC id. */
const MOST_CPUS = 255
const LEAST_MEMORY_MIB = 8
const MOST_MEMORY_MIB = 4 * 1024 * 1024
/** sockaddr_un's 108 bytes with the closing NUL. */
const LONGEST_SOCKET_PATH = 107

export function vmProblems(spec: VmSpec, around: VmSurroundings): Problem[] {
  return [
    ...nameProblems(spec, around),
    ...sizeProblems(spec),
    ...processorProblems(spec, around),
    ...bootProblems(spec),
    ...microvmProblems(spec),
    ...deviceProblems(spec),
    ...fileProblems(spec, around),
    ...nicProblems(spec, around),
    ...cloudInitProblems(spec),
    ...hardwareProblems(spec, around.hardware),
    ...shareProblems(spec, around),
    ...hostDeviceProblems(spec, { others: around.others, ...around.hardware }),
  ]
}

function nameProblems({ name }: VmSpec, { facts }: VmSurroundings): Problem[] {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name)) {
    const hint = 'letters, digits, dots, dashes and underscores, at most 63'
    return [{ path: 'name', message: `'${name}' cannot be a machine's name`, hint }]
  }
  const longest = vmFiles(facts.paths, name).monitor
  if (longest.length <= LONGEST_SOCKET_PATH) return []
  const message = `the socket '${longest}' would have a path longer than ${String(LONGEST_SOCKET_PATH)} bytes`
  return [{ path: 'name', message, hint: 'choose a shorter name, or a shorter root for weftd' }]
}

function sizeProblems({ cpus, memoryMiB }: VmSpec): Problem[] {
  const problems: Problem[] = []
  if (!Number.isInteger(cpus) || cpus < 1 || cpus > MOST_CPUS) {
    const message = `a machine cannot have ${String(cpus)} processors`
    problems.push({ path: 'cpus', message, hint: `1 to ${String(MOST_CPUS)}` })
  }
  if (!Number.isInteger(memoryMiB) || memoryMiB < LEAST_MEMORY_MIB || memoryMiB > MOST_MEMORY_MIB) {
    const message = `a machine cannot have ${String(memoryMiB)} MiB of memory`
    problems.push({ path: 'memoryMiB', message, hint: `${String(LEAST_MEMORY_MIB)} MiB to 4 TiB` })
  }
  return problems
}

function processorProblems(spec: VmSpec, { acceleration }: VmSurroundings): Problem[] {
  const problems: Problem[] = []
  if (spec.accelerator === 'kvm' && acceleration.kind !== 'kvm') {
    const message = `KVM does not work here: ${acceleration.because}`
    problems.push({
      path: 'accelerator',
      message,
      hint: 'leave the accelerator out, or say --accel tcg',
    })
  }
  const runsKvm = acceleration.kind === 'kvm' && spec.accelerator !== 'tcg'
  if (spec.cpuModel === 'host' && !runsKvm && spec.accelerator !== 'kvm') {
    const because = spec.accelerator === 'tcg' ? 'the definition asks for tcg' : acceleration.because
    const message = `CPU model 'host' needs KVM, and the machine would run without: ${because}`
    problems.push({ path: 'cpuModel', message, hint: 'use --cpu max, or leave the model out' })
  }
  if (spec.cpuModel !== undefined && !/^[A-Za-z0-9][A-Za-z0-9_.,+=-]*$/.test(spec.cpuModel)) {
    const hint = 'list the models with: qemu-system-x86_64 -cpu help'
    problems.push({ path: 'cpuModel', message: `'${spec.cpuModel}' is not a CPU model`, hint })
  }
  return problems
}

function nicProblems(spec: VmSpec, around: VmSurroundings): Problem[] {
  const { networks, others } = around
  const tun = spec.nics.length === 0 ? [] : tunProblems(around)
  const nics = spec.nics.flatMap((nic, i): Problem[] => {
    const path = `nics.${String(i)}`
    const problems: Problem[] = []
    if (!networks.has(nic.network)) {
      const message = `there is no network named '${nic.network}'`
      problems.push({ path: `${path}.network`, message, hint: 'weft net list' })
    }
    const owner = others.find((vm) => vm.nics.some((other) => other.mac === nic.mac))
    if (owner !== undefined) {
      const message = `machine '${owner.name}' has the MAC ${nic.mac} already`
      problems.push({ path: `${path}.mac`, message, hint: 'leave the MAC out to get a free one' })
    } else if (spec.nics.findIndex((other) => other.mac === nic.mac) < i) {
      const message = `the MAC ${nic.mac} is given to two NICs`
      problems.push({ path: `${path}.mac`, message, hint: 'leave the MAC out to get a free one' })
    }
    if (nic.mac === '00:00:00:00:00:00') {
      const hint = 'leave the MAC out to get a free one'
      problems.push({ path: `${path}.mac`, message: `${nic.mac} is nobody's address`, hint })
    }
    if (isMulticastMac(nic.mac)) {
      const hint = 'make the first pair even: 52:54:00:…'
      problems.push({ path: `${path}.mac`, message: `${nic.mac} is a multicast address`, hint })
    }
    return problems
  })
  return [...tun, ...nics]
}

/** Each TAP belongs to its owner, so that everybody may open the node; udev gives it that mode. */
function tunProblems({ files, facts }: VmSurroundings): Problem[] {
  const tun = files.get(TUN_NODE)
  if (tun?.qemuMayRead === true && tun.qemuMayWrite) return []
  if (tun === undefined) {
    return [{ path: 'nics', message: `there is no '${TUN_NODE}'`, hint: 'modprobe tun' }]
  }
  const message = `user '${facts.qemuUser.name}', as whom QEMU runs, may not open '${TUN_NODE}'`
  return [{ path: 'nics', message, hint: `chmod 0666 ${TUN_NODE}` }]
}
