/** Machines with published ports, played by namespaces with their MACs and addresses; an outside, and who answers whom. */
import { existsSync, writeFileSync } from 'node:fs'
import { createVm } from '../../src/app/create-vm.ts'
import { addPort } from '../../src/app/network-ports.ts'
import { publish } from '../../src/app/publish.ts'
import { addHost, run, type RealApp } from './real-app.ts'
import { closeWorld, openWorld, startMembers, type Member, type World } from './reach-world.ts'
import { askAll, callWitnesses, HOST } from './witnesses.ts'

export const BY = { by: 'test', dryRun: false } as const
/** Every witness listens there (witness.ts). */
export const SERVED = 7000

export const PUBLISH_MEMBERS: readonly Member[] = [
  {
    column: 'nat',
    name: 'lab',
    yaml: 'nat: {ipv6: true}\naddresses:\n  - {address: 10.9.0.1/24, dhcp: {range: 10.9.0.100-10.9.0.199}}\n  - {address: "fd09:0::1/64", dhcp: {range: "fd09:0::100-fd09:0::1ff"}}',
  },
  { column: 'nat', name: 'other', yaml: 'address: 10.9.1.1/24\ndhcp: {range: 10.9.1.100-10.9.1.199}' },
  {
    column: 'isolated',
    name: 'inner',
    yaml: 'mode: isolated\naddress: 10.9.2.1/24\ndhcp: {range: 10.9.2.100-10.9.2.199}',
  },
  {
    column: 'route',
    name: 'routed',
    yaml: 'mode: route\naddress: 10.9.3.1/24\ndhcp: {range: 10.9.3.100-10.9.3.199}',
  },
]

/** Who stands where: the network and the end of its address. */
export const GUESTS = {
  web: ['lab', 0, 11],
  sibling: ['lab', 0, 12],
  stranger: ['other', 1, 13],
  hermit: ['inner', 2, 14],
  routed: ['routed', 3, 15],
} as const
export type Guest = keyof typeof GUESTS
export const OUTSIDE = 'outside'
export const UPLINK = { v4: '192.0.2.1', v6: 'fd02::1', second: '192.0.2.9' } as const
export const FAR = { v4: '192.0.2.2', v6: 'fd02::2' } as const

export const addressOf = (guest: Guest): string =>
  `10.9.${String(GUESTS[guest][1])}.${String(GUESTS[guest][2])}`
const macOf = (guest: Guest): string => `52:54:00:09:0${String(GUESTS[guest][1])}:${String(GUESTS[guest][2])}`

export async function openPublishWorld(): Promise<World> {
  const real = openWorld()
  switchBridgeFilter('0')
  addHost(OUTSIDE, `${UPLINK.v4}/24`, `${FAR.v4}/24`)
  run('ip', 'address', 'add', `${UPLINK.second}/24`, 'dev', OUTSIDE)
  run('ip', 'address', 'add', `${UPLINK.v6}/64`, 'dev', OUTSIDE, 'nodad')
  run('ip', '-n', OUTSIDE, 'address', 'add', `${FAR.v6}/64`, 'dev', 'eth0', 'nodad')
  run('ip', 'link', 'set', 'lo', 'up')
  await startMembers(real, PUBLISH_MEMBERS)
  for (const guest of Object.keys(GUESTS) as Guest[]) await addGuest(real, guest)
  const guests = Object.fromEntries(Object.keys(GUESTS).map((name) => [name, []]))
  return { real, witnesses: await callWitnesses({ [HOST]: [], [OUTSIDE]: [], ...guests }) }
}

/** br_netfilter, where the kernel has it: NAT between two guests of one switch goes another way then. */
export function switchBridgeFilter(value: '0' | '1'): boolean {
  const files = ['iptables', 'ip6tables'].map((name) => `/proc/sys/net/bridge/bridge-nf-call-${name}`)
  const there = files.filter((file) => existsSync(file))
  for (const file of there) writeFileSync(file, value)
  return there.length > 0
}

export const closePublishWorld = (world: World): Promise<void> => closeWorld(world, PUBLISH_MEMBERS)

/** A machine that is defined, and somebody who is there in its place. */
async function addGuest({ app }: RealApp, guest: Guest): Promise<void> {
  const [network, number, last] = GUESTS[guest]
  const six = network === 'lab' ? `,ip=fd09::${String(last)}` : ''
  const net = `${network},mac=${macOf(guest)},ip=${addressOf(guest)}${six}`
  await createVm(app, { name: guest, nets: [net] }, BY)
  run('ip', 'netns', 'add', guest)
  await addPort(app, network, { netns: guest, mac: macOf(guest) }, BY)
  const inside = (...words: string[]): string => run('ip', '-n', guest, ...words)
  // Not what the port itself was given.
  inside('address', 'flush', 'dev', 'eth0', 'scope', 'global')
  inside('address', 'add', `${addressOf(guest)}/24`, 'dev', 'eth0')
  inside('route', 'replace', 'default', 'via', `10.9.${String(number)}.1`)
  if (six === '') return
  inside('address', 'replace', `fd09::${String(last)}/64`, 'dev', 'eth0', 'nodad')
  inside('route', 'replace', 'default', 'via', 'fd09::1')
}

/** Who answers there, and the address it has seen; or how the call failed. */
export async function call(
  { witnesses }: Pick<World, 'witnesses'>,
  from: string,
  to: string,
  port: number,
  how: 'tcp' | 'udp' = 'tcp',
): Promise<string> {
  const key = `${from} ${how} ${to} ${String(port)}`
  const question = { key, how, from, to, port } as const
  for (let patience = 2; ; patience--) {
    const { word, said } = (await askAll(witnesses, [question])).get(key) ?? { word: 'not asked', said: [] }
    if (word === 'allow') return (said[0] ?? '').split(' ').slice(0, 2).join(' saw ')
    // Silence is believed at the second time: an answer may be late on a busy machine.
    if (word !== 'drop' || patience === 1) return word
  }
}

/** Many calls at once, by TCP: who asks, where, and the port. */
export async function callAll(
  { witnesses }: World,
  calls: Readonly<Record<string, readonly [string, string, number]>>,
): Promise<Record<string, string>> {
  const asked = Object.entries(calls).map(([key, [from, to, port]]) => {
    return { key, how: 'tcp', from, to, port } as const
  })
  const words = new Map<string, string>()
  for (let patience = 2; patience > 0; patience--) {
    const silent = asked.filter(({ key }) => (words.get(key) ?? 'drop') === 'drop')
    for (const [key, { word, said }] of await askAll(witnesses, silent))
      words.set(key, word === 'allow' ? (said[0] ?? '').split(' ').slice(0, 2).join(' saw ') : word)
  }
  return Object.fromEntries(asked.map(({ key }) => [key, words.get(key) ?? 'not asked']))
}

export const publishPorts = (
  { real }: World,
  guest: Guest,
  ...ports: readonly string[]
): ReturnType<typeof publish> => publish(real.app, guest, { ports }, BY)
