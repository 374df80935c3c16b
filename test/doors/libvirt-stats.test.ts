/** What machines use, as stock virsh reads it from weftd: each number held against the one that QEMU or the kernel gives. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { qmpCommand } from '../../src/qemu/qmp.ts'
import { obeyingDisk } from '../support/boot-sector.ts'
import { host, newRoot, runProgram, startWeft, until, type Ran, type Weft } from './weft-process.ts'

let weft: Weft

before(async () => {
  weft = await startWeft(newRoot())
  weft.ok('net', 'start', 'default')
  writeFileSync(`${weft.root}/obeys.img`, obeyingDisk())
  weft.ok('disk', 'import', 'obeys', `${weft.root}/obeys.img`)
  for (const name of ['data', 'idle']) weft.ok('disk', 'create', name, '--size', '16M')
  weft.ok('vm', 'create', 'web', '--memory', '64', '--net', 'default', '--disk', 'obeys', '--disk', 'data')
  weft.ok('vm', 'create', 'off', '--memory', '32', '--disk', 'idle')
  weft.ok('vm', 'start', 'web')
  for (let tries = 0; tries < 600 && !virsh('domblkstat', 'web', 'vda').out.includes('rd_req 0'); tries++)
    await setTimeout(10)
  for (let tries = 0; tries < 600 && virsh('domblkstat', 'web', 'vda').out.includes('rd_req 0'); tries++)
    await setTimeout(100)
  // From here on the figures stand still.
  assert.equal(virsh('suspend', 'web').code, 0)
})

after(async () => {
  weft.run(['vm', 'kill', 'web'])
  await weft.stop()
})

function virsh(...words: string[]): Ran {
  const uri = `qemu+unix:///system?socket=${weft.root}/run/weft/libvirt-sock`
  return runProgram(['virsh', '-c', uri, ...words], { LC_ALL: 'C', HOME: weft.root })
}

const said = ({ code, out, err }: Ran): readonly [number | null, string] => [code, `${out}${err}`.trim()]

const qmp = (command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> =>
  qmpCommand(`${weft.root}/run/weft/vms/web/qmp.sock`, command, args)

/** `name value` or `name=value`, one a line. */
const numbers = (text: string): Record<string, number> =>
  Object.fromEntries(
    [...text.matchAll(/^ *([\w.-]+)[= :]+(\d+)$/gm)].map(([, name = '', value]) => [name, Number(value)]),
  )

interface Drive {
  readonly qdev: string
  readonly stats: Readonly<Record<string, number>>
}

test('transfers of a disk are those that its QEMU counts', async () => {
  const drives = (await qmp('query-blockstats')) as readonly Drive[]
  const first = drives.find(({ qdev }) => qdev.includes('/disk0'))?.stats ?? {}
  assert.ok((first['rd_bytes'] ?? 0) >= 512, JSON.stringify(first))
  const told = numbers(virsh('domblkstat', 'web', 'vda').out.replaceAll('vda ', ''))
  assert.deepEqual(told, {
    rd_req: first['rd_operations'],
    rd_bytes: first['rd_bytes'],
    wr_req: 0,
    wr_bytes: 0,
    flush_operations: 0,
    rd_total_times: first['rd_total_time_ns'],
    wr_total_times: 0,
    flush_total_times: 0,
  })
  const all = numbers(virsh('domstats', 'web', '--block').out)
  assert.equal(all['block.count'], 2)
  assert.equal(all['block.0.rd.bytes'], first['rd_bytes'])
  assert.equal(all['block.0.rd.times'], first['rd_total_time_ns'])
  assert.equal(all['block.1.rd.bytes'], drives.find(({ qdev }) => qdev.includes('/disk1'))?.stats['rd_bytes'])
  assert.deepEqual(said(virsh('domblkstat', 'web', 'vdz')), [1, 'error: invalid argument: invalid path: vdz'])
  assert.match(said(virsh('domblkstat', 'off', 'vda'))[1], /operation is not valid: domain is not running$/)
})

test('sizes of a disk are those of its image and of its file', () => {
  const infoOf = (disk: string): object => {
    const { size, blocks } = statSync(`${weft.root}/var/lib/weft/disks/${disk}.qcow2`)
    return { Capacity: 2 ** 24, Allocation: blocks * 512, Physical: size }
  }
  const path = `${weft.root}/var/lib/weft/disks/data.qcow2`
  assert.deepEqual(numbers(virsh('domblkinfo', 'web', path).out), infoOf('data'))
  assert.deepEqual(numbers(virsh('domblkinfo', 'off', 'vda').out), infoOf('idle'))
  assert.deepEqual(said(virsh('domblkinfo', 'off', 'vdb')), [
    1,
    'error: invalid argument: invalid path vdb not assigned to domain',
  ])
  assert.deepEqual(said(virsh('domblkerror', 'web')), [0, 'No errors found'])
})

test('packets of a NIC are those of its port, seen from the guest', () => {
  const [link] = JSON.parse(host('ip', '-j', '-s', 'link', 'show', 'vnet0')) as [
    { stats64: Record<'rx' | 'tx', Record<string, number>> },
  ]
  const { rx, tx } = link.stats64
  const told = numbers(virsh('domifstat', 'web', 'vnet0').out.replaceAll('vnet0 ', ''))
  // The host's bridge may send another packet meanwhile: its multicast listener reports.
  const lately = numbers(host('cat', '/sys/class/net/vnet0/statistics/tx_packets').replace(/^/, 'tx '))['tx']
  assert.equal(told['tx_packets'], rx['packets'])
  assert.equal(told['tx_bytes'], rx['bytes'])
  assert.ok((told['rx_packets'] ?? -1) >= (tx['packets'] ?? 0) && (told['rx_packets'] ?? 0) <= (lately ?? 0))
  assert.deepEqual([told['rx_errs'], told['rx_drop'], told['tx_errs'], told['tx_drop']], [0, 0, 0, 0])
  const mac = /([\da-f]{2}:){5}[\da-f]{2}/.exec(virsh('dumpxml', 'web').out)?.[0] ?? ''
  assert.match(virsh('domifstat', 'web', mac).out, /rx_packets/)
  assert.match(
    said(virsh('domifstat', 'web', 'vnet7'))[1],
    /invalid argument: 'vnet7' is not a known interface$/,
  )
})

test('time and memory are those of its process', () => {
  const pid = readFileSync(`${weft.root}/run/weft/vms/web/qemu.pid`, 'utf8').trim()
  const ticks = (): number => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return Number(fields[11]) + Number(fields[12])
  }
  const before = ticks()
  const told = Number(/cpu_time +([\d.]+) seconds/.exec(virsh('cpu-stats', 'web', '--total').out)?.[1])
  assert.ok(told >= before / 100 && told <= ticks() / 100, `${String(told)} s`)
  assert.match(said(virsh('cpu-stats', 'web'))[1], /does not count a machine's time on each/)
  const resident = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  const { actual, rss, last_update: last } = numbers(virsh('dommemstat', 'web').out)
  assert.deepEqual([actual, last], [65_536, 0])
  assert.ok(Math.abs((rss ?? 0) - resident) < 8192, `${String(rss)} KiB, and ${String(resident)}`)
})

test('all figures of all machines come at once, and only those that are asked for', () => {
  const { out } = virsh('domstats')
  assert.deepEqual(
    [...out.matchAll(/^Domain: '(\w+)'$/gm)].map(([, name]) => name),
    ['off', 'web'],
  )
  assert.match(out, /'off'\n {2}state\.state=5\n {2}state\.reason=0\n {2}balloon\.current=32768\n/)
  assert.match(out, /'web'\n {2}state\.state=3\n {2}state\.reason=1\n {2}cpu\.time=\d+\n/)
  assert.match(out, /vcpu\.0\.state=1\n {2}vcpu\.0\.time=\d+\n/)
  assert.match(out, /net\.count=1\n {2}net\.0\.name=vnet0\n/)
  assert.match(
    virsh('domstats', '--list-paused', '--balloon').out,
    /^Domain: 'web'\n {2}balloon\.current=65536\n {2}balloon\.maximum=65536\n {2}balloon\.last-update=0\n {2}balloon\.rss=\d+\n+$/,
  )
  assert.deepEqual(said(virsh('domstats', 'web', '--state')), [
    0,
    "Domain: 'web'\n  state.state=3\n  state.reason=1",
  ])
})

test('what the host does and has is what the kernel says of it', () => {
  const kib = (name: string): number =>
    Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(readFileSync('/proc/meminfo', 'utf8'))?.[1])
  assert.equal(Number(/^total +: +(\d+) KiB$/m.exec(virsh('nodememstats').out)?.[1]), kib('MemTotal'))
  const idle = (): number =>
    Number(readFileSync('/proc/stat', 'utf8').split('\n')[0]?.split(/ +/)[4]) * 10_000_000
  const before = idle()
  const told = numbers(virsh('nodecpustats').out)
  assert.ok((told['idle'] ?? -1) >= before && (told['idle'] ?? 0) <= idle())
  assert.deepEqual(Object.keys(told), ['user', 'system', 'idle', 'iowait'])
  assert.match(said(virsh('nodecpustats', '9999'))[1], /error: Invalid cpuNum in/)
  assert.match(virsh('freepages', '--cellno', '0', '--pagesize', '4').out, /^4KiB: \d+$/m)
  assert.match(
    said(virsh('freepages', '--cellno', '0', '--pagesize', '5'))[1],
    /page size 5 is not available on node 0$/,
  )
  const shared = '/sys/kernel/mm/ksm/pages_to_scan'
  if (existsSync(shared))
    assert.match(
      virsh('node-memory-tune').out,
      new RegExp(`shm_pages_to_scan +${readFileSync(shared, 'utf8').trim()}$`, 'm'),
    )
})

test('what weft has nothing to tell of is told as nothing', () => {
  assert.match(virsh('domjobinfo', 'web').out, /^Job type: +None *$/m)
  assert.deepEqual(said(virsh('iothreadinfo', 'web')), [0, 'No IOThreads found for the domain'])
  assert.match(virsh('perf', 'web').out, /^cpu_cycles +: disabled$/m)
  assert.match(virsh('dominfo', 'web').out, /^Security model: +\S+|^Managed save: +no$/m)
  assert.deepEqual(said(virsh('migrate-getspeed', 'web')), [0, '8796093022207'])
  assert.match(said(virsh('domjobinfo', 'off'))[1], /domain is not running$/)
})

test('how fast memory is written to is measured by QEMU', async () => {
  assert.equal(virsh('resume', 'web').code, 0)
  assert.match(virsh('domdirtyrate-calc', 'web', '--seconds', '1').out, /successfully/)
  await until(() => virsh('domstats', 'web', '--dirtyrate').out.includes('calc_status=2'))
  const told = numbers(virsh('domstats', 'web', '--dirtyrate').out)
  const answer = (await qmp('query-dirty-rate')) as Record<string, number>
  assert.equal(told['dirtyrate.megabytes_per_second'], answer['dirty-rate'])
  assert.equal(told['dirtyrate.calc_period'], 1)
})
