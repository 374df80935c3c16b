/** Many machines: started at once, listed, counted and weighed, by libvirtd, by weftd and as bare processes. */
import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { call } from '../src/api/client.ts'
import { untilBooted, writeBootDisk } from './boot-disk.ts'
import { leaseFile, pathsUnder } from '../src/core/host/paths.ts'
import { contest, type Contestant } from './contest.ts'
import { cpuGroup } from './cpu.ts'
import type { Libvirt } from './libvirt.ts'
import { note } from './summary.ts'
import { median, short } from './table.ts'
import { memoryMb, type Weft } from './weft.ts'
import { pause, sh, until, writeFile } from './world.ts'

const AT_ONCE = 30
const MANY = 100
const MEMORY_MIB = 64

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `fleet${String(index)}`)

const domainXml = (name: string): string => `<domain type='qemu'>
  <name>${name}</name><memory unit='MiB'>${String(MEMORY_MIB)}</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices><disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='${diskOf(name)}'/><target dev='vda' bus='virtio'/></disk>
  <interface type='network'><source network='net0'/><model type='virtio'/></interface><serial type='pty'/></devices>
</domain>
`

const DISKS = '/tmp/weft-bench/fleet-disks'
const diskOf = (name: string): string => `${DISKS}/${name}-libvirt.img`
const ownDiskOf = (name: string): string => `${DISKS}/${name}.img`

function makeDisk(path: string): void {
  writeBootDisk(path)
  // Each QEMU is another user's.
  chmodSync(path, 0o666)
}

/** Both have the network `net0`. */
export async function benchFleet(libvirt: Libvirt, weft: Weft): Promise<void> {
  mkdirSync(DISKS)
  for (const name of names(MANY)) {
    makeDisk(diskOf(name))
    writeFile('/tmp/weft-bench/fleet.xml', domainXml(name))
    await libvirt.virsh('define /tmp/weft-bench/fleet.xml')
  }
  await call(weft.connection, 'startNetwork', { params: { name: 'net0' } })
  // Theirs run as root here, and weft gives a disk to its QEMU's user: each has its own.
  for (const name of names(MANY)) {
    makeDisk(ownDiskOf(name))
    const body = {
      name,
      memoryMiB: MEMORY_MIB,
      nets: ['net0'],
      disks: [ownDiskOf(name)],
      accelerator: 'tcg',
    } as const
    await call(weft.connection, 'createVm', { body })
  }
  await libvirt.virsh('net-start net0')
  const bare = bareFleet(await lineOf(weft, 'fleet0'))
  await benchOne(weft, bare)
  await benchAtOnce(libvirt, weft, bare)
  await benchRunning(libvirt, weft, bare)
  await call(weft.connection, 'stopNetwork', { params: { name: 'net0' }, query: { force: true } })
  await libvirt.virsh('net-destroy net0')
}

/**
 * Bare QEMUs with all the devices that weft gives a machine, but for the TAP: the NIC is plugged in nowhere. Without the sandbox, in
 * which QEMU could not fork to daemonize.
 */
interface BareFleet {
  contestant(rows: Rows, count: number): Contestant
  pids(): number[]
}

const BARE = '/tmp/weft-bench/bare-fleet'

/** The argv weft has started a machine with, quoted, `$1` where the machine's directory was. */
async function lineOf(weft: Weft, name: string): Promise<string> {
  await call(weft.connection, 'startVm', { params: { name } })
  const argv = readFileSync(`/proc/${String(pidOf(weft, name))}/cmdline`, 'utf8')
    .split('\0')
    .slice(0, -1)
  await call(weft.connection, 'killVm', { params: { name } })
  const directory = `${weft.root}/run/weft/vms/${name}`
  const words = argv.map((word) =>
    word
      .replace(/^tap,id=([^,]+).*/, 'hubport,hubid=0,id=$1')
      .replaceAll(directory, '@')
      .replace(ownDiskOf(name), '@/disk.img'),
  )
  return words.map((word) => `"${word.replaceAll('@', '$1')}"`).join(' ')
}

const pidOf = (weft: Weft, name: string): number =>
  Number(readFileSync(`${weft.root}/run/weft/vms/${name}/qemu.pid`, 'utf8'))

function bareFleet(line: string): BareFleet {
  const cpu = cpuGroup('bare-fleet')
  mkdirSync(BARE)
  makeDisk(`${BARE}/disk.img`)
  writeFile(
    `${BARE}/start`,
    `mkdir -p "$1"; cp ${BARE}/disk.img "$1/disk.img"; exec ${line.replace(/ "-sandbox" "[^"]*" "-S"/, '')} -daemonize -pidfile "$1/pid"\n`,
  )
  const pids = (): number[] =>
    readdirSync(BARE, { withFileTypes: true })
      .filter((each) => each.isDirectory())
      .map(({ name }) => Number(readFileSync(`${BARE}/${name}/pid`, 'utf8')))
  const disks = (count: number): string[] =>
    names(count).map((_, index) => `${BARE}/${String(index + 1)}/disk.img`)
  const gone = async (): Promise<boolean> =>
    (await sh(`cat ${BARE}/*/pid | xargs -r ps -o pid= -p 2>/dev/null || true`)).trim() === ''
  return {
    pids,
    contestant: ({ start, boot, kill }, count) => ({
      name: 'bare',
      cpu,
      operations: [
        [
          start,
          () =>
            sh(
              `${cpu.enter} bash -c 'for n in $(seq ${String(count)}); do sh ${BARE}/start ${BARE}/$n & done; wait'`,
            ),
        ],
        [boot, () => untilBooted(disks(count))],
        [
          kill,
          async () => {
            await sh(`cat ${BARE}/*/pid | xargs kill -9`)
            await until('the bare QEMUs', gone)
            await sh(`rm -r ${BARE}/*/`)
          },
        ],
      ],
    }),
  }
}

/** The rows of a table: until all have answered, from there until their guests have booted, and until all have ended. */
interface Rows {
  readonly start: string
  readonly boot: string
  readonly kill: string
}

function weftFleet(weft: Weft, { start, boot, kill }: Rows, count: number): Contestant {
  const each = (route: 'startVm' | 'killVm'): Promise<unknown> =>
    Promise.all(names(count).map((name) => call(weft.connection, route, { params: { name } })))
  return {
    name: 'weft',
    cpu: weft.cpu,
    operations: [
      [start, () => each('startVm')],
      [boot, () => untilBooted(names(count).map(ownDiskOf))],
      [kill, () => each('killVm')],
    ],
  }
}

/** What weft adds to QEMU's own work. */
async function benchOne(weft: Weft, bare: BareFleet): Promise<void> {
  const rows = { start: 'vm start, the same devices', boot: 'then until it has booted', kill: 'vm kill' }
  const { start } = rows
  const found = await contest(
    'One machine beside a bare QEMU with the same devices',
    [bare.contestant(rows, 1), weftFleet(weft, rows, 1)],
    9,
  )
  const [theirs, ours] = [found(start, 'bare'), found(start, 'weft')]
  note('vm start beside a bare QEMU with the same devices, wall', ours.wallMs / theirs.wallMs, '1.5x')
}

/**
 * All are asked for at the same time. Until the last answer, the guests of those that answered first take the processors from those that
 * load, the more the later it comes; until all have booted everybody has had the same work to do.
 */
async function benchAtOnce(libvirt: Libvirt, weft: Weft, bare: BareFleet): Promise<void> {
  const rows = {
    start: `${String(AT_ONCE)} machines started at once`,
    boot: 'then until all have booted',
    kill: 'the same killed',
  }
  const { start, boot, kill } = rows
  const virsh = (command: string): Promise<string> => sh(virshAtOnce(libvirt, command, AT_ONCE, AT_ONCE))
  const found = await contest(
    `${String(AT_ONCE)} machines (q35, ${String(MEMORY_MIB)} MiB, a NIC on a NAT network)`,
    [
      {
        name: 'libvirt',
        cpu: libvirt.cpu,
        operations: [
          [start, () => virsh('start')],
          [boot, () => untilBooted(names(AT_ONCE).map(diskOf))],
          [kill, () => virsh('destroy')],
        ],
      },
      weftFleet(weft, rows, AT_ONCE),
      bare.contestant(rows, AT_ONCE),
    ],
    3,
  )
  const wall = (row: string, name: string): number => found(row, name).wallMs
  const untilBoot = (name: string): number => wall(start, name) + wall(boot, name)
  note(`${start}, until all have answered, beside bare QEMUs`, wall(start, 'weft') / wall(start, 'bare'), '-')
  note(`${start}, until all have booted, beside bare QEMUs`, untilBoot('weft') / untilBoot('bare'), '1.5x')
  note(
    `${start}, until all have booted, beside libvirt's`,
    untilBoot('weft') / untilBoot('libvirt'),
    'below 1x',
  )
  note(`${kill}, beside libvirt's`, wall(kill, 'weft') / wall(kill, 'libvirt'), 'below 1x')
}

/** A virsh each: one alone asks for one thing after the other. */
function virshAtOnce(libvirt: Libvirt, command: string, count: number, atOnce: number): string {
  const list = names(count).join(' ')
  return `echo ${list} | ${libvirt.enter} xargs -n 1 -P ${String(atOnce)} virsh -q -c qemu:///system ${command}`
}

/** A hundred that run: what it costs to ask for them, and what they weigh. */
async function benchRunning(libvirt: Libvirt, weft: Weft, bare: BareFleet): Promise<void> {
  await pause(5000)
  const before = memoryMb(weft.pid).rss
  for (const name of names(MANY)) await call(weft.connection, 'startVm', { params: { name } })
  // weftd gives back what the work took after three quiet seconds.
  await pause(6000)
  const after = memoryMb(weft.pid).rss
  note(
    `weftd, resident, for each of ${String(MANY)} machines`,
    `${short((after - before) / MANY)} MB`,
    '0.5 MB',
  )
  await sh(virshAtOnce(libvirt, 'start', MANY, 4))
  const leases = leaseFile(pathsUnder(weft.root), 'net0')
  writeFile(leases, await leasesOfAll(weft))
  await benchAsking(libvirt, weft)
  // dnsmasq, who does not know of them, would be asked to take them back.
  writeFile(leases, '')
  const ours = median(names(MANY).map((name) => pssMb(pidOf(weft, name))))
  for (const name of names(MANY)) await call(weft.connection, 'killVm', { params: { name } })
  await sh(virshAtOnce(libvirt, 'destroy', MANY, 4))
  const alone = bare.contestant({ start: '', boot: '', kill: '' }, MANY)
  const [start, boot, kill] = alone.operations.map(([, run]) => run)
  await start?.()
  await boot?.()
  note("a QEMU's memory beside a bare one's, PSS", ours / median(bare.pids().map(pssMb)), '1x')
  await kill?.()
}

/** What dnsmasq would have written, had these guests asked: each machine of a list has an address. */
async function leasesOfAll(weft: Weft): Promise<string> {
  const expires = String(Math.round(Date.now() / 1000) + 3600)
  const all = await call(weft.connection, 'listVms', {})
  const line = (mac: string, name: string, place: number): string =>
    `${expires} ${mac} 10.100.0.${String(place + 10)} ${name} *\n`
  return all.map(({ name, nics }, place) => line(nics[0]?.mac ?? '', name, place)).join('')
}

const pssMb = (pid: number): number =>
  Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${String(pid)}/smaps_rollup`, 'utf8'))?.[1]) / 1024

async function benchAsking(libvirt: Libvirt, weft: Weft): Promise<void> {
  const [list, stats] = [`list of ${String(MANY)} machines`, `statistics of ${String(MANY)} machines`]
  const found = await contest(
    `${String(MANY)} running machines, over connections that are open (CPU of the daemon alone)`,
    [
      {
        name: 'libvirt',
        cpu: libvirt.cpu,
        operations: [
          [list, () => libvirt.virsh('list --all')],
          [stats, () => libvirt.virsh('domstats')],
        ],
      },
      {
        name: 'weft',
        cpu: weft.cpu,
        operations: [
          [list, () => call(weft.connection, 'listVms', {})],
          [stats, () => call(weft.connection, 'vmStats', {})],
        ],
      },
    ],
    9,
  )
  note(list, `${short(found(list, 'weft').wallMs)} ms`, '10 ms')
  note(`${stats}, wall`, found(stats, 'weft').wallMs / found(stats, 'libvirt').wallMs, "0.3x libvirt's")
}
