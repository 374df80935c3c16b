/** Three hundred networks: memory, a restart of the daemon that touches nothing, and how long a list takes to appear. */
import { rmSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { call } from '../src/api/client.ts'
import { contest } from './contest.ts'
import { cpuGroup } from './cpu.ts'
import type { Libvirt } from './libvirt.ts'
import { defineNetworks } from './control.ts'
import { kept, note } from './summary.ts'
import { median, printTable, short } from './table.ts'
import { memoryMb, type Weft } from './weft.ts'
import { pause, sh, until, writeFile } from './world.ts'

const REPOSITORY = new URL('..', import.meta.url).pathname

export async function benchIdle(weft: Weft): Promise<void> {
  // weftd tidies its memory once, three seconds after it has started: that is no idling.
  await pause(6000)
  const memory = memoryMb(weft.pid)
  const cpuBefore = weft.cpu.usedMs()
  await pause(3000)
  const idleMs = weft.cpu.usedMs() - cpuBefore
  note('weftd idle, resident', `${short(memory.rss)} MB`, '60 MB')
  note('weftd idle, CPU in 3 s', `${short(idleMs)} ms`, 'no polling')
  printTable(
    'weftd with no network running',
    ['', ''],
    [
      ['resident', `${short(memory.rss)} MB`],
      ['PSS, helpers included', `${short(memory.pssWithHelpers)} MB`],
      ['CPU in 3 s of idling', `${short(idleMs)} ms`],
    ],
  )
}

export async function benchScale(libvirt: Libvirt, weft: Weft, count: number): Promise<void> {
  await defineNetworks(weft, count)
  const starts = await changeAll(weft, 'startNetwork', networkNames(count))
  // weftd gives back what the work took after three quiet seconds.
  await pause(5000)
  const memory = memoryMb(weft.pid)
  const before = await stateOf(weft)
  const from = performance.now()
  await weft.restart()
  await call(weft.connection, 'listNetworks', {})
  const restarted = performance.now() - from
  await pause(1000)
  const same = (await stateOf(weft)) === before
  printTable(
    `weftd with ${String(count)} running networks`,
    ['', ''],
    [
      ['started, CPU of each of the last 15 (median)', `${short(starts.lastMs)} ms`],
      ['resident', `${short(memory.rss)} MB`],
      ['PSS, helpers included', `${short(memory.pssWithHelpers)} MB`],
      ['restart until the list is answered', `${short(restarted)} ms`],
      ['links, addresses and firewall after the restart', same ? 'the same' : 'NOT the same'],
    ],
  )
  noteStarts(count, starts)
  note(`PSS with ${String(count)} networks, helpers included`, `${short(memory.pssWithHelpers)} MB`, '70 MB')
  note(`restart with ${String(count)} networks`, `${short(restarted)} ms`, '1 s')
  note('what the restart touched', same ? 'nothing' : 'SOMETHING', 'nothing')
  await benchLists(libvirt, weft, count)
  const stops = await changeAll(weft, 'stopNetwork', networkNames(count).reverse())
  note(
    `CPU of stopping one of ${String(count)}, beside libvirt's only one`,
    stops.firstMs / kept("libvirt's first net stop"),
    '-',
  )
  await benchAutostart(weft, count)
}

/** As at boot: nothing runs, everything is marked. From weftd's first moment until every network is active. */
async function benchAutostart(weft: Weft, count: number): Promise<void> {
  for (const name of networkNames(count))
    await call(weft.connection, 'autostartNetwork', { params: { name }, body: { autostart: true } })
  rmSync(`${weft.root}/run/weft/autostarted`)
  await weft.end()
  const [from, cpuBefore] = [performance.now(), weft.cpu.usedMs()]
  await weft.begin()
  await until('autostart', async () => {
    const networks = await call(weft.connection, 'listNetworks', {})
    return networks.filter(({ state }) => state === 'active').length >= count
  })
  const wall = performance.now() - from
  note(`${String(count)} networks autostarted, wall`, `${short(wall)} ms`, '2 s')
  note('the same, CPU', `${short(weft.cpu.usedMs() - cpuBefore)} ms`, '-')
}

const networkNames = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `net${String(index)}`)

function noteStarts(count: number, { firstMs, lastMs }: Changes): void {
  const which = `CPU of network start ${String(count)}`
  note(`${which}, beside the first`, lastMs / firstMs, '2x')
  note(`${which}, beside libvirt's first`, lastMs / kept("libvirt's first net start"), '-')
}

interface Changes {
  /** Medians of CPU: of the first and of the last 15. */
  readonly firstMs: number
  readonly lastMs: number
}

/** One after the other, each with what it causes after its answer. */
async function changeAll(
  weft: Weft,
  route: 'startNetwork' | 'stopNetwork',
  names: readonly string[],
): Promise<Changes> {
  const costs: number[] = []
  for (const name of names) {
    const before = weft.cpu.usedMs()
    await call(weft.connection, route, { params: { name } })
    await pause(60)
    costs.push(weft.cpu.usedMs() - before)
  }
  return { firstMs: median(costs.slice(0, 15)), lastMs: median(costs.slice(-15)) }
}

/** Everything a restart could have disturbed, indexes and rule handles included: made again is not the same. */
function stateOf(weft: Weft): Promise<string> {
  return sh(`nsenter -t ${String(weft.pid)} -n bash -c 'ip -o addr; nft -a list ruleset'`)
}

/** Over connections that are open: what virsh asks for is what it prints. */
async function benchOpenLists(libvirt: Libvirt, weft: Weft, count: number): Promise<void> {
  const list = `list of ${String(count)} networks, connection open`
  const found = await contest(
    'A list for programs (CPU of the daemon alone)',
    [
      {
        name: 'libvirt',
        cpu: libvirt.cpu,
        operations: [[list, () => libvirt.virsh('net-list --all')]],
      },
      {
        name: 'weft',
        cpu: weft.cpu,
        operations: [[list, () => call(weft.connection, 'listNetworks', {})]],
      },
    ],
    15,
  )
  const [theirs, ours] = [found(list, 'libvirt'), found(list, 'weft')]
  note(`${list}, wall`, ours.wallMs / theirs.wallMs, "1x libvirt's")
}

async function benchLists(libvirt: Libvirt, weft: Weft, count: number): Promise<void> {
  for (let index = 1; index < count; index++) {
    const path = `/tmp/weft-bench/def.xml`
    writeFile(path, `<network><name>net${String(index)}</name><bridge name='br${String(index)}'/></network>`)
    await libvirt.virsh(`net-define ${path}`)
  }
  await benchOpenLists(libvirt, weft, count)
  const cli = cpuGroup('cli')
  const node = process.execPath
  const list = `list of ${String(count)} networks`
  const operation = (line: string): (readonly [string, () => Promise<unknown>])[] => [
    [list, () => sh(`${cli.enter} ${line}`)],
  ]
  const found = await contest(
    'Commands as typed (CPU of the command alone)',
    [
      { name: 'node -e 0', cpu: cli, operations: operation(`${node} -e 0`) },
      {
        name: 'virsh net-list',
        cpu: cli,
        operations: operation(`${libvirt.enter} virsh -c qemu:///system net-list --all`),
      },
      {
        name: 'weft net list',
        cpu: cli,
        operations: operation(`${REPOSITORY}bin/weft --root ${weft.root} net list`),
      },
    ],
    15,
  )
  const [bare, virsh, ours] = ['node -e 0', 'virsh net-list', 'weft net list'].map((name) =>
    found(list, name),
  )
  if (bare === undefined || virsh === undefined || ours === undefined) return
  note('weft net list beside node -e 0, CPU', ours.cpuMs / bare.cpuMs, '1.5x')
  note('weft net list beside node -e 0, wall', ours.wallMs / bare.wallMs, '1.5x')
  note('weft net list beside virsh net-list, wall', ours.wallMs / virsh.wallMs, 'below 1x')
}
