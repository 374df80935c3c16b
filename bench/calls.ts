/** libvirt's protocol, answered by libvirtd and by weftd: each call over one connection, lists with their XML, virsh, two hundred clients at once. */
import { performance } from 'node:perf_hooks'
import { subnetOf } from './control.ts'
import type { Libvirt } from './libvirt.ts'
import { openClient, type ProtocolClient } from './protocol-client.ts'
import { note } from './summary.ts'
import { median, printTable, short } from './table.ts'
import type { Weft } from './weft.ts'
import { pause, sh } from './world.ts'
import type { ArgsOf, CallName } from '../src/libvirt/wire/procedures.ts'

const NETWORKS = 300
const MACHINES = 100
const ROUNDS = 9
const TIMES = 20
const CLIENTS = 200
const LISTENERS = 50

interface Side {
  readonly name: 'libvirt' | 'weft'
  readonly path: string
  readonly client: ProtocolClient
}

export async function benchCalls(libvirt: Libvirt, weft: Weft): Promise<void> {
  const sides = await openSides(libvirt, weft)
  for (const side of sides) await define(side)
  await benchEach(sides)
  await benchLists(sides)
  await benchVirsh(sides)
  await benchCrowd(sides)
  for (const { client } of sides) client.close()
}

export async function openSides(libvirt: Libvirt, weft: Weft): Promise<Side[]> {
  const paths = {
    libvirt: `/proc/${String(libvirt.pid)}/root/run/libvirt/libvirt-sock`,
    weft: `${weft.root}/run/weft/libvirt-sock`,
  }
  const sides: Side[] = []
  for (const name of ['libvirt', 'weft'] as const)
    sides.push({ name, path: paths[name], client: await openClient(paths[name]) })
  return sides
}

export const networkXml = (index: number): string =>
  `<network><name>call${String(index)}</name><uuid>${uuidOf('1', index)}</uuid><forward mode='nat'/><bridge name='cbr${String(index)}'/><ip address='${subnetOf(1000 + index)}.1' netmask='255.255.255.0'><dhcp><range start='${subnetOf(1000 + index)}.2' end='${subnetOf(1000 + index)}.254'/></dhcp></ip></network>`
const machineXml = (index: number): string =>
  `<domain type='qemu'><name>call${String(index)}</name><uuid>${uuidOf('2', index)}</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os><devices><interface type='network'><source network='call${String(index)}'/><model type='virtio'/></interface><serial type='pty'/></devices></domain>`
const uuidOf = (digit: string, index: number): string =>
  `${digit.repeat(8)}-0000-4000-8000-${String(index).padStart(12, '0')}`

export async function define({ client }: Side): Promise<void> {
  for (let index = 0; index < NETWORKS; index++)
    await client.call('NETWORK_DEFINE_XML', { xml: networkXml(index) })
  for (let index = 0; index < MACHINES; index++)
    await client.call('DOMAIN_DEFINE_XML', { xml: machineXml(index) })
  await client.call('NETWORK_CREATE', { net: net(0) })
  await client.call('DOMAIN_CREATE', { dom: dom(0) })
}

const net = (index: number) => ({ name: `call${String(index)}`, uuid: uuidOf('1', index) })
const dom = (index: number) => ({ name: `call${String(index)}`, uuid: uuidOf('2', index), id: -1 })

interface Asked {
  readonly name: CallName
  readonly args: unknown
  readonly shown: string
}

const ask = <N extends CallName>(name: N, args: ArgsOf<N>, shown = ''): Asked => ({ name, args, shown })

const ALL = { need_results: 1, flags: 0 }

/** Of what runs (0) and of what does not (1). */
const CALLS: readonly Asked[] = [
  ask('CONNECT_GET_TYPE', {}),
  ask('CONNECT_GET_VERSION', {}),
  ask('CONNECT_GET_LIB_VERSION', {}),
  ask('CONNECT_GET_HOSTNAME', {}),
  ask('CONNECT_GET_URI', {}),
  ask('CONNECT_IS_SECURE', {}),
  ask('CONNECT_SUPPORTS_FEATURE', { feature: 14 }),
  ask('CONNECT_GET_MAX_VCPUS', { type: null }),
  ask('CONNECT_GET_CAPABILITIES', {}),
  ask('NODE_GET_INFO', {}),
  ask('NODE_GET_FREE_MEMORY', {}),
  ask('NODE_GET_CPU_MAP', { need_map: 1, need_online: 1, flags: 0 }),
  ask('NODE_GET_SECURITY_MODEL', {}),
  ask('CONNECT_LIST_ALL_NETWORKS', ALL),
  ask('CONNECT_NUM_OF_NETWORKS', {}),
  ask('CONNECT_LIST_NETWORKS', { maxnames: 1000 }),
  ask('CONNECT_NUM_OF_DEFINED_NETWORKS', {}),
  ask('CONNECT_LIST_DEFINED_NETWORKS', { maxnames: 1000 }),
  ask('CONNECT_LIST_ALL_DOMAINS', ALL),
  ask('CONNECT_NUM_OF_DOMAINS', {}),
  ask('CONNECT_LIST_DOMAINS', { maxids: 1000 }),
  ask('CONNECT_NUM_OF_DEFINED_DOMAINS', {}),
  ask('CONNECT_LIST_DEFINED_DOMAINS', { maxnames: 1000 }),
  ask('CONNECT_LIST_ALL_STORAGE_POOLS', ALL),
  ask('CONNECT_NUM_OF_STORAGE_POOLS', {}),
  ask('CONNECT_LIST_ALL_INTERFACES', ALL),
  ...[0, 1].flatMap((index): Asked[] => {
    const state = index === 0 ? ' (runs)' : ''
    return [
      ask('NETWORK_LOOKUP_BY_NAME', { name: net(index).name }, state),
      ask('NETWORK_LOOKUP_BY_UUID', { uuid: net(index).uuid }, state),
      ask('NETWORK_IS_ACTIVE', { net: net(index) }, state),
      ask('NETWORK_IS_PERSISTENT', { net: net(index) }, state),
      ask('NETWORK_GET_AUTOSTART', { net: net(index) }, state),
      ask('NETWORK_GET_BRIDGE_NAME', { net: net(index) }, state),
      ask('NETWORK_GET_XML_DESC', { net: net(index), flags: 0 }, state),
      ask('DOMAIN_LOOKUP_BY_NAME', { name: dom(index).name }, state),
      ask('DOMAIN_LOOKUP_BY_UUID', { uuid: dom(index).uuid }, state),
      ask('DOMAIN_GET_STATE', { dom: dom(index), flags: 0 }, state),
      ask('DOMAIN_GET_INFO', { dom: dom(index) }, state),
      ask('DOMAIN_GET_XML_DESC', { dom: dom(index), flags: 0 }, state),
      ask('DOMAIN_GET_OS_TYPE', { dom: dom(index) }, state),
      ask('DOMAIN_IS_ACTIVE', { dom: dom(index) }, state),
      ask('DOMAIN_IS_PERSISTENT', { dom: dom(index) }, state),
      ask('DOMAIN_IS_UPDATED', { dom: dom(index) }, state),
      ask('DOMAIN_GET_AUTOSTART', { dom: dom(index) }, state),
      ask('DOMAIN_GET_MAX_MEMORY', { dom: dom(index) }, state),
      ask('DOMAIN_HAS_MANAGED_SAVE_IMAGE', { dom: dom(index), flags: 0 }, state),
    ]
  }),
  ask('NETWORK_GET_DHCP_LEASES', { net: net(0), mac: null, need_results: 1, flags: 0 }),
  ask('DOMAIN_LOOKUP_BY_ID', { id: 1 }),
  ask('DOMAIN_GET_CONTROL_INFO', { dom: dom(0), flags: 0 }),
]

/** All of them in turns, round by round: what begins cold, or meets a busy moment, is not one call alone. */
async function benchEach(sides: readonly Side[]): Promise<void> {
  const samples = CALLS.map(() => sides.map((): number[] => []))
  const refused = new Map<Asked, string>()
  for (let round = -1; round < ROUNDS; round++)
    for (const [place, asked] of CALLS.entries())
      for (const [which, side] of sides.entries()) {
        if (refused.has(asked)) continue
        const from = performance.now()
        try {
          for (let time = 0; time < TIMES; time++) await side.client.call(asked.name, asked.args as never)
        } catch (error) {
          refused.set(asked, `${side.name}: ${(error as Error).message}`)
        }
        if (round >= 0) samples[place]?.[which]?.push(((performance.now() - from) * 1000) / TIMES)
      }
  const rows: string[][] = []
  let slower = 0
  let worst = 0
  for (const [place, asked] of CALLS.entries()) {
    const [theirs = Number.NaN, ours = Number.NaN] = (samples[place] ?? []).map(median)
    const ratio = ours / theirs
    const title = `${asked.name}${asked.shown}`
    const complaint = refused.get(asked)
    if (complaint === undefined) {
      if (ratio > 1) slower++
      worst = Math.max(worst, ratio)
    }
    rows.push(
      complaint === undefined
        ? [title, short(theirs), short(ours), short(ratio)]
        : [title, complaint, '', ''],
    )
  }
  const title = `Calls over one connection, ${String(NETWORKS)} networks and ${String(MACHINES)} machines (µs, medians)`
  printTable(title, ['', 'libvirt', 'weft', 'weft / libvirt'], rows)
  note('calls that are slower', `${String(slower)} of ${String(rows.length)}`, 'none')
  note('slowest call', worst, "1x libvirt's")
}

async function benchLists(sides: readonly Side[]): Promise<void> {
  const jobs: readonly (readonly [string, (client: ProtocolClient) => Promise<unknown>])[] = [
    [
      `list ${String(NETWORKS)} networks with their XML`,
      async (client) => {
        const { nets } = await client.call('CONNECT_LIST_ALL_NETWORKS', ALL)
        for (const each of nets) await client.call('NETWORK_GET_XML_DESC', { net: each, flags: 0 })
      },
    ],
    [
      `list ${String(MACHINES)} machines with their XML`,
      async (client) => {
        const { domains } = await client.call('CONNECT_LIST_ALL_DOMAINS', ALL)
        for (const each of domains) await client.call('DOMAIN_GET_XML_DESC', { dom: each, flags: 0 })
      },
    ],
  ]
  await benchJobs(
    'Lists over one connection (ms, medians)',
    jobs.map(([title, run]) => [title, (side: Side) => run(side.client)] as const),
    sides,
    "1x libvirt's",
  )
}

async function benchVirsh(sides: readonly Side[]): Promise<void> {
  const commands = ['list --all', 'net-list --all', 'dominfo call0', 'net-info call0', 'net-dumpxml call0']
  const virsh = (words: string) => (side: Side) =>
    sh(`virsh -c 'qemu+unix:///system?socket=${side.path}' ${words} > /dev/null`)
  const jobs = commands.map((words) => [`virsh ${words}`, virsh(words)] as const)
  await benchJobs('virsh, wall time (ms, medians)', jobs, sides, "1.1x libvirt's")
}

async function benchJobs(
  title: string,
  jobs: readonly (readonly [string, (side: Side) => Promise<unknown>])[],
  sides: readonly Side[],
  goal: string,
): Promise<void> {
  const rows: string[][] = []
  for (const [what, run] of jobs) {
    const samples = new Map<string, number[]>(sides.map((side) => [side.name, []]))
    for (let round = -1; round < ROUNDS; round++)
      for (const side of sides) {
        const from = performance.now()
        await run(side)
        if (round >= 0) samples.get(side.name)?.push(performance.now() - from)
      }
    const [theirs = Number.NaN, ours = Number.NaN] = sides.map((side) => median(samples.get(side.name) ?? []))
    rows.push([what, short(theirs), short(ours), short(ours / theirs)])
    note(what, ours / theirs, goal)
  }
  printTable(title, ['', 'libvirt', 'weft', 'weft / libvirt'], rows)
}

/** Each client asks as fast as it is answered; fifty of them hear of every network that comes and goes meanwhile. */
export async function benchCrowd(sides: readonly Side[]): Promise<void> {
  const rows: string[][] = []
  for (const side of sides) {
    const clients: ProtocolClient[] = []
    for (let count = 0; count < CLIENTS; count++) clients.push(await openClient(side.path))
    const listeners = clients.slice(0, LISTENERS)
    for (const each of listeners)
      await each.call('CONNECT_NETWORK_EVENT_REGISTER_ANY', { eventID: 0, net: null })
    const counts = clients.map(() => 0)
    let longest = 0
    let isOver = false
    const work = clients.map(async (client, index) => {
      while (!isOver) {
        const from = performance.now()
        await client.call('DOMAIN_GET_STATE', { dom: dom(index % MACHINES), flags: 0 })
        longest = Math.max(longest, performance.now() - from)
        counts[index] = (counts[index] ?? 0) + 1
      }
    })
    let sent = 0
    const end = performance.now() + 5000
    while (performance.now() < end) {
      const { net: made } = await side.client.call('NETWORK_DEFINE_XML', { xml: networkXml(NETWORKS) })
      await side.client.call('NETWORK_UNDEFINE', { net: made })
      sent += 2
    }
    isOver = true
    await Promise.all(work)
    await pause(200)
    const heard = listeners.map((each) => each.events())
    const total = counts.reduce((sum, count) => sum + count, 0)
    rows.push([
      side.name,
      short(total / 5),
      `${String(Math.min(...counts))} to ${String(Math.max(...counts))}`,
      short(longest),
      String(sent),
      `${String(Math.min(...heard))} to ${String(Math.max(...heard))}`,
    ])
    if (side.name === 'weft') {
      note('client of 200 with the fewest answers in 5 s', String(Math.min(...counts)), 'none starved')
      note(
        'events that the last of 50 listeners has heard',
        `${String(Math.min(...heard))} of ${String(sent)}`,
        'all',
      )
    }
    for (const client of clients) client.close()
  }
  const title = `${String(CLIENTS)} clients at once, ${String(LISTENERS)} of which listen, 5 s`
  printTable(title, ['', 'answers/s', 'answers of each', 'longest, ms', 'events', 'heard by each'], rows)
}
