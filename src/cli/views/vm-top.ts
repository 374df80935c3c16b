/** What machines use at the moment: two looks, and the speed between them. */
import { formatRate } from '../../api/rate.ts'
import { formatSize } from '../../core/size.ts'
import type { GuestMemoryView, VmStatsView } from '../../api/inside-views.ts'
import { formatTable, type TableOptions } from './table.ts'

export interface VmRates {
  /** Of one CPU of this host: a machine with two busy virtual CPUs has 200. */
  readonly cpuPercent: number
  /** Bytes a second. */
  readonly read: number
  readonly written: number
  /** Bits a second, from the side of the guest. */
  readonly received: number
  readonly sent: number
}

export interface RatedVm extends VmStatsView {
  /** null: there is nothing to compare with yet, or it has started anew. */
  readonly rates: VmRates | null
}

/** The busiest first. */
export function rateVms(before: readonly VmStatsView[], after: readonly VmStatsView[]): readonly RatedVm[] {
  const known = new Map(before.map((vm) => [vm.name, vm]))
  const rated = after.map((vm) => ({ ...vm, rates: ratesBetween(known.get(vm.name), vm) }))
  return rated.sort((a, b) => (b.rates?.cpuPercent ?? 0) - (a.rates?.cpuPercent ?? 0))
}

function ratesBetween(before: VmStatsView | undefined, after: VmStatsView): VmRates | null {
  if (before?.pid !== after.pid) return null
  const seconds = (Date.parse(after.at) - Date.parse(before.at)) / 1000
  if (seconds <= 0) return null
  // A device that has gone in between takes its counters along.
  const speed = (total: (vm: VmStatsView) => number): number =>
    Math.max(0, (total(after) - total(before)) / seconds)
  return {
    cpuPercent: Math.round(speed(({ cpuSeconds }) => cpuSeconds) * 100),
    read: Math.round(speed(({ disks }) => sum(disks.map(({ readBytes }) => readBytes)))),
    written: Math.round(speed(({ disks }) => sum(disks.map(({ writtenBytes }) => writtenBytes)))),
    received: Math.round(speed(({ nics }) => sum(nics.map(({ received }) => received.bytes * 8)))),
    sent: Math.round(speed(({ nics }) => sum(nics.map(({ sent }) => sent.bytes * 8)))),
  }
}

export function formatTop(vms: readonly RatedVm[], options: TableOptions): string {
  const rows = vms.map(({ name, memoryMiB, guestMemory, residentBytes, rates }) => [
    name,
    ...(rates === null ? ['-'] : [`${String(rates.cpuPercent)} %`]),
    formatSize(memoryMiB * 1024 ** 2),
    usedShare(guestMemory),
    formatSize(residentBytes),
    ...(rates === null
      ? ['-', '-', '-', '-']
      : [
          `${formatSize(rates.read)}/s`,
          `${formatSize(rates.written)}/s`,
          formatRate(rates.received),
          formatRate(rates.sent),
        ]),
  ])
  return formatTable(
    ['Name', 'CPU', 'Memory', 'Used', 'Resident', 'Reads', 'Writes', 'Receives', 'Sends'],
    rows,
    options,
  )
}

/** Of the memory its kernel has, what programs could not have any more. */
function usedShare(memory: GuestMemoryView | null): string {
  if (memory?.total == null || memory.available === null) return '-'
  return `${String(Math.round((1 - memory.available / memory.total) * 100))} %`
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
