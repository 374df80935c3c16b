/** The data plane: CPU per small packet from a guest namespace through this host to an outside one. */
import { call } from '../src/api/client.ts'
import { spawn, type ChildProcess } from 'node:child_process'
import { cpuGroup } from './cpu.ts'
import { note } from './summary.ts'
import { median, printTable, short } from './table.ts'
import type { Weft } from './weft.ts'
import { pause, sh } from './world.ts'

const PACKETS = 300_000
const ROUNDS = 7

/** A guest namespace on `bridge`, routed to an outside namespace; every side has its own far end. */
interface Path {
  readonly name: string
  readonly guest: string
  readonly server: ChildProcess
}

/** Gives the host namespace an outside behind a veth: 198.51.100.2, which knows no route back to the guests' subnets but the host. */
async function addOutside(host: string, isRouted: boolean): Promise<ChildProcess> {
  const outside = `${host}-out`
  await sh(`ip netns add ${outside} && ip -n ${outside} link set lo up
ip -n ${host} link add up0 type veth peer name eth0 netns ${outside}
ip -n ${host} addr add 198.51.100.1/24 dev up0 && ip -n ${host} link set up0 up
ip -n ${outside} addr add 198.51.100.2/24 dev eth0 && ip -n ${outside} link set eth0 up
ip -n ${host} route add default via 198.51.100.2`)
  if (isRouted) await sh(`ip -n ${outside} route add 10.0.0.0/8 via 198.51.100.1`)
  return spawn('ip', ['netns', 'exec', outside, 'iperf3', '-s'], { stdio: 'ignore' })
}

/** Plain routing: a bridge with an address, ip_forward, no firewall and no connection tracking. */
async function plainPath(): Promise<Path> {
  await sh(`ip netns add plain && ip -n plain link set lo up
ip netns exec plain sysctl -qw net.ipv4.ip_forward=1
ip -n plain link add br0 type bridge && ip -n plain addr add 10.99.0.1/24 dev br0 && ip -n plain link set br0 up
ip netns add plain-guest && ip -n plain link add port0 type veth peer name eth0 netns plain-guest
ip -n plain link set port0 master br0 up
ip -n plain-guest addr add 10.99.0.2/24 dev eth0 && ip -n plain-guest link set eth0 up
ip -n plain-guest route add default via 10.99.0.1`)
  return { name: 'plain routing', guest: 'plain-guest', server: await addOutside('plain', true) }
}

async function weftPath(weft: Weft, network: string, name: string, server: ChildProcess): Promise<Path> {
  const guest = `guest-${network}`
  // The namespace is known by its mount, which is the same file on every side.
  await sh(`ip netns add ${guest} && ip -n ${guest} link set lo up`)
  await call(weft.connection, 'addPort', { params: { name: network }, body: { netns: guest } })
  return { name, guest, server }
}

export async function benchPackets(weft: Weft, weftNamespace: string, count: number): Promise<void> {
  const plain = await plainPath()
  const server = await addOutside(weftNamespace, false)
  await call(weft.connection, 'startNetwork', { params: { name: 'net0' } })
  await pause(500)
  const one = [plain, await weftPath(weft, 'net0', 'weft, 1 network', server)]
  const first = await runRounds(one)
  for (let index = 1; index < count; index++)
    await call(weft.connection, 'startNetwork', { params: { name: `net${String(index)}` } })
  const last = `net${String(count - 1)}`
  const many = [
    plain,
    { ...one[1], name: `weft, ${String(count)} networks, on the first` } as Path,
    await weftPath(weft, last, `weft, ${String(count)} networks, on the last`, server),
  ]
  const second = await runRounds(many)
  const base = (results: ReadonlyMap<string, number>): number => results.get('plain routing') ?? Number.NaN
  const rows = [...first, ...second].map(([name, ns], index) => {
    const reference = index < first.size ? base(first) : base(second)
    if (name.startsWith('weft')) note(`a small packet: ${name}`, ns / reference, '1.4x plain routing')
    return [name, `${short(ns)} ns`, `${short(ns / reference)}x`]
  })
  printTable(
    'A 64-byte UDP packet, guest to outside (CPU of sender, bridge and host; medians)',
    ['', 'per packet', 'to plain'],
    rows,
  )
  plain.server.kill()
  server.kill()
}

/** In turns; each result is CPU ns a packet. */
async function runRounds(paths: readonly Path[]): Promise<Map<string, number>> {
  const results = new Map<string, number[]>()
  for (let round = 0; round < ROUNDS; round++)
    for (const path of paths)
      results.set(path.name, [...(results.get(path.name) ?? []), await sendPackets(path)])
  return new Map([...results].map(([name, values]) => [name, median(values)]))
}

/** The sender's softirq work, bridge, firewall and routing included, is charged to the sender: veth passes packets on at once. */
async function sendPackets(path: Path): Promise<number> {
  const cpu = cpuGroup('sender')
  const line = `${cpu.enter} ip netns exec ${path.guest} iperf3 -u -c 198.51.100.2 -l 64 -b 0 -k ${String(PACKETS)} --json`
  const report = JSON.parse(await sh(line)) as { end: { sum: { packets: number } } }
  const ns = (cpu.usedMs() * 1e6) / report.end.sum.packets
  cpu.remove()
  return ns
}
