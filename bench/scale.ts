/** Three hundred networks: memory, a restart of the daemon that touches nothing, and how long a list takes to appear. */
import { performance } from 'node:perf_hooks'
import { call } from '../src/api/client.ts'
import { contest } from './contest.ts'
import { cpuGroup } from './cpu.ts'
import type { Libvirt } from './libvirt.ts'
import { defineNetworks } from './control.ts'
import { printTable, short } from './table.ts'
import { memoryMb, type Weft } from './weft.ts'
import { pause, sh, writeFile } from './world.ts'

const REPOSITORY = new URL('..', import.meta.url).pathname

export async function benchIdle(weft: Weft): Promise<void> {
  await pause(2000)
  const memory = memoryMb(weft.pid)
  const cpuBefore = weft.cpu.usedMs()
  await pause(3000)
  printTable(
    'weftd with no network running',
    ['', ''],
    [
      ['resident', `${short(memory.rss)} MB`],
      ['PSS, helpers included', `${short(memory.pssWithHelpers)} MB`],
      ['CPU in 3 s of idling', `${short(weft.cpu.usedMs() - cpuBefore)} ms`],
    ],
  )
}

export async function benchScale(libvirt: Libvirt, weft: Weft, count: number): Promise<void> {
  await defineNetworks(weft, count)
  const started = performance.now()
  for (let index = 0; index < count; index++)
    await call(weft.connection, 'startNetwork', { params: { name: `net${String(index)}` } })
  const startedAll = performance.now() - started
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
      ['all started one after another', `${short(startedAll / 1000)} s`],
      ['resident', `${short(memory.rss)} MB`],
      ['PSS, helpers included', `${short(memory.pssWithHelpers)} MB`],
      ['restart until the list is answered', `${short(restarted)} ms`],
      ['links, addresses and firewall after the restart', same ? 'the same' : 'NOT the same'],
    ],
  )
  await benchLists(libvirt, weft, count)
}

/** Everything a restart could have disturbed, indexes and rule handles included: made again is not the same. */
function stateOf(weft: Weft): Promise<string> {
  return sh(`nsenter -t ${String(weft.pid)} -n bash -c 'ip -o addr; nft -a list ruleset'`)
}

async function benchLists(libvirt: Libvirt, weft: Weft, count: number): Promise<void> {
  for (let index = 1; index < count; index++) {
    const path = `/tmp/weft-bench/def.xml`
    writeFile(path, `<network><name>net${String(index)}</name><bridge name='br${String(index)}'/></network>`)
    await libvirt.virsh(`net-define ${path}`)
  }
  const cli = cpuGroup('cli')
  const node = process.execPath
  await contest(
    `Commands as typed, ${String(count)} networks (CPU of the command alone)`,
    [
      {
        name: 'virsh',
        cpu: cli,
        operations: [
          [
            'list of networks',
            () => sh(`${cli.enter} ${libvirt.enter} virsh -c qemu:///system net-list --all`),
          ],
          ['node -e 0', () => sh(`${cli.enter} ${node} -e 0`)],
        ],
      },
      {
        name: 'weft',
        cpu: cli,
        operations: [
          ['list of networks', () => sh(`${cli.enter} ${REPOSITORY}bin/weft --root ${weft.root} net list`)],
          ['node -e 0', () => sh(`${cli.enter} ${REPOSITORY}bin/weft --root ${weft.root} status`)],
        ],
      },
    ],
    9,
  )
}
