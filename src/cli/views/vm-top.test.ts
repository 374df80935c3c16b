/** Two looks at machines make a speed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { VmStatsView } from '../../api/inside-views.ts'
import { formatTop, rateVms } from './vm-top.ts'

const seen = (name: string, second: number, more: Partial<VmStatsView> = {}): VmStatsView => ({
  name,
  pid: 7,
  at: `2026-11-22T00:00:0${String(second)}Z`,
  cpus: 2,
  memoryMiB: 1024,
  cpuSeconds: 10,
  residentBytes: 300 * 1024 ** 2,
  disks: [],
  nics: [],
  guestMemory: null,
  ...more,
})
const count = (bytes: number) => ({ bytes, packets: 0, drops: 0 })
const used = (bytes: number): Partial<VmStatsView> => ({
  disks: [{ device: 'disk0', readBytes: bytes, writtenBytes: 2 * bytes, reads: 1, writes: 1 }],
  nics: [{ interface: 'vnet0', received: count(bytes), sent: count(0) }],
})

test('what was used in between, a second; the busiest first', () => {
  const before = [seen('idle', 0), seen('busy', 0, used(0))]
  const after = [seen('idle', 2), seen('busy', 2, { ...used(4096), cpuSeconds: 13 })]
  const rated = rateVms(before, after)
  assert.deepEqual(
    rated.map(({ name, rates }) => [name, rates]),
    [
      ['busy', { cpuPercent: 150, read: 2048, written: 4096, received: 16_384, sent: 0 }],
      ['idle', { cpuPercent: 0, read: 0, written: 0, received: 0, sent: 0 }],
    ],
  )
  assert.match(
    formatTop(rated, { width: undefined }),
    /^ busy +150 % +1 GiB +- +300 MiB +2 KiB\/s +4 KiB\/s +16 kbit\/s +0$/m,
  )
})

test('there is no speed at the first look, and none of a machine that has started anew', () => {
  const [first] = rateVms([], [seen('web', 1)])
  const [anew] = rateVms([seen('web', 0)], [seen('web', 1, { pid: 8 })])
  assert.deepEqual([first?.rates, anew?.rates], [null, null])
})
