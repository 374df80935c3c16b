/** What there is to count, as Prometheus reads it (text exposition format 0.0.4). */
import { WEFT_VERSION } from '../api/version.ts'
import { listNetworks } from '../app/network-state.ts'
import type { App } from '../app/ports.ts'
import { listVms } from '../app/vm-state.ts'
import { vmStats, type VmStats } from '../app/vm-stats.ts'
import type { Count } from '../core/host/counters.ts'
import type { GuestMemory } from '../core/vm/guest-memory.ts'

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

type Labels = Readonly<Record<string, string>>
type Sample = readonly [labels: Labels, value: number]

export async function metricsText(app: App): Promise<string> {
  const [stats, networks] = await Promise.all([vmStats(app), listNetworks(app)])
  const vms = listVms(app)
  return [
    family('weft_info', 'gauge', 'The version of weftd.', [[{ version: WEFT_VERSION }, 1]]),
    family('weft_networks', 'gauge', 'Networks that are active.', [
      [{}, networks.filter(({ isActive }) => isActive).length],
    ]),
    family(
      'weft_vm_running',
      'gauge',
      'Whether a machine runs.',
      vms.map(({ spec, state }) => [{ vm: spec.name }, state === 'stopped' ? 0 : 1]),
    ),
    ...machineFamilies(stats),
    ...diskFamilies(stats),
    ...nicFamilies(stats),
  ].join('')
}

function machineFamilies(stats: readonly VmStats[]): string[] {
  const each = (value: (vm: VmStats) => number | undefined): Sample[] =>
    stats.flatMap((vm): Sample[] => {
      const found = value(vm)
      return found === undefined ? [] : [[{ vm: vm.spec.name }, found]]
    })
  return [
    family(
      'weft_vm_cpus',
      'gauge',
      'Virtual CPUs.',
      each(({ spec }) => spec.cpus),
    ),
    family(
      'weft_vm_cpu_seconds_total',
      'counter',
      'CPU that its QEMU has used, all threads.',
      each(({ usage }) => usage?.cpuSeconds),
    ),
    family(
      'weft_vm_memory_bytes',
      'gauge',
      'Memory that the guest sees.',
      each(({ spec }) => spec.memoryMiB * 1024 ** 2),
    ),
    family(
      'weft_vm_resident_bytes',
      'gauge',
      'Memory of this host that its QEMU has.',
      each(({ usage }) => usage?.residentBytes),
    ),
    ...GUEST_MEMORY.map(([field, what]) =>
      family(
        `weft_vm_guest_memory_${field}_bytes`,
        'gauge',
        `${what}, as its guest says; asked at each look, for the next.`,
        each(({ memory }) => memory?.[field]),
      ),
    ),
  ]
}

const GUEST_MEMORY = [
  ['total', 'Memory that its kernel has'],
  ['available', 'Memory that programs could have without swapping'],
  ['free', 'Memory that nothing uses'],
  ['caches', 'Memory that pages of files are in'],
] as const satisfies readonly (readonly [keyof GuestMemory, string])[]

function diskFamilies(stats: readonly VmStats[]): string[] {
  const disks = stats.flatMap(({ spec, disks: all }) =>
    all.map((disk) => ({ disk, labels: { vm: spec.name, disk: disk.device } })),
  )
  const samples = (field: 'readBytes' | 'writtenBytes' | 'reads' | 'writes'): Sample[] =>
    disks.map(({ disk, labels }) => [labels, disk[field]])
  return [
    family('weft_vm_disk_read_bytes_total', 'counter', 'Read from a disk.', samples('readBytes')),
    family('weft_vm_disk_written_bytes_total', 'counter', 'Written to a disk.', samples('writtenBytes')),
    family('weft_vm_disk_reads_total', 'counter', 'Requests that read.', samples('reads')),
    family('weft_vm_disk_writes_total', 'counter', 'Requests that write.', samples('writes')),
  ]
}

const COUNTS = [
  ['bytes', 'Bytes'],
  ['packets', 'Packets'],
  ['drops', 'Packets thrown away'],
] as const satisfies readonly (readonly [keyof Count, string])[]

/** From the side of the guest. */
function nicFamilies(stats: readonly VmStats[]): string[] {
  return (['received', 'sent'] as const).flatMap((direction) =>
    COUNTS.map(([field, what]) =>
      family(
        `weft_vm_network_${direction}_${field}_total`,
        'counter',
        `${what}, ${direction === 'received' ? 'towards the guest' : 'from the guest'}.`,
        stats.flatMap(({ spec, nics }) =>
          nics.map((nic): Sample => [
            { vm: spec.name, interface: nic.interface },
            nic.traffic[direction][field],
          ]),
        ),
      ),
    ),
  )
}

function family(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return ''
  const lines = samples.map(([labels, value]) => `${name}${formatLabels(labels)} ${String(value)}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function formatLabels(labels: Labels): string {
  const words = Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`)
  return words.length === 0 ? '' : `{${words.join(',')}}`
}

const escape = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
