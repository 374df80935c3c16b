/** From the moment something is plugged into a network to its lease: the port has to forward, and a DHCP server to answer. */
import { performance } from 'node:perf_hooks'
import { call } from '../src/api/client.ts'
import type { Libvirt } from './libvirt.ts'
import { note } from './summary.ts'
import { median, printTable, short } from './table.ts'
import type { Weft } from './weft.ts'
import { pause, sh } from './world.ts'

const ROUNDS = 3

/** Once a second is how often a client asks; the lease is not put to use. */
const ASK = 'busybox udhcpc -i eth0 -f -q -n -t 20 -T 1 -s /bin/true >/dev/null 2>&1'

/** Both on a NAT network `net0` that runs, with STP on. */
export async function benchLease(libvirt: Libvirt, weft: Weft): Promise<void> {
  const times = { weft: [] as number[], libvirt: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    times.libvirt.push(await plugByHand(libvirt))
    times.weft.push(await plugIntoWeft(weft))
  }
  const [theirs, ours] = [median(times.libvirt), median(times.weft)]
  printTable(
    'Plugged in until leased (a namespace, udhcpc, STP on; ms, medians)',
    ['', 'libvirt', 'weft', 'weft / libvirt'],
    [['plugged in until leased', short(theirs), short(ours), short(ours / theirs)]],
  )
  note('plugged in until leased', `${short(ours)} ms`, '300 ms on the side of the server (libvirt: 4 to 7 s)')
}

async function plugIntoWeft(weft: Weft): Promise<number> {
  await sh('ip netns add guest')
  // weftd keeps named namespaces by their path, wherever it runs itself.
  const from = performance.now()
  await call(weft.connection, 'addPort', { params: { name: 'net0' }, body: { netns: 'guest' } })
  await sh(`ip netns exec guest ${ASK}`)
  const ms = performance.now() - from
  const ports = await call(weft.connection, 'listPorts', { params: { name: 'net0' } })
  for (const port of ports)
    await call(weft.connection, 'removePort', { params: { name: 'net0', port: port.interface } })
  await endGuest()
  return ms
}

/** What a person does who wants a namespace in libvirt's network: there is no command for it. */
async function plugByHand(libvirt: Libvirt): Promise<number> {
  await sh('ip netns add guest')
  const lines = [
    'ip link add veth0 type veth peer name eth0 netns guest',
    'ip link set veth0 master br0 up',
    'ip -n guest link set eth0 up',
  ]
  const from = performance.now()
  await sh(`nsenter --net=/run/netns/libvirt bash -c '${lines.join(' && ')}'`)
  await sh(`ip netns exec guest ${ASK}`)
  const ms = performance.now() - from
  await sh(`${libvirt.enter} ip link delete veth0`)
  await endGuest()
  return ms
}

async function endGuest(): Promise<void> {
  await sh('ip netns delete guest')
  await pause(100)
}
