/** A host behind one cable: addresses, routes, rules and settings of every kind on its NIC, and a peer at the other end that pings it. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { run, until } from './real-app.ts'

export const PEER = 'peer'
export const NIC = 'eth0'
/** The host's end of a second cable, which nothing happens to. */
export const CALM = '10.255.0.2'

export interface UplinkWorld {
  /** Some of it for a while only, as from DHCP. */
  readonly isLeased: boolean
  /** A cable unless told; more than one has its other ends in `far`. */
  readonly uplink?: Uplink
}

export interface Uplink {
  readonly name: string
  /** Lines of `ip` that make it, and `far` in the namespace of the peer. */
  readonly lay: readonly string[]
}

const CABLE: Uplink = { name: NIC, lay: [`link add ${NIC} type veth peer name far netns ${PEER}`] }

/** All of it is on the uplink before. */
export function makeUplinkWorld({ isLeased, uplink = CABLE }: UplinkWorld): void {
  run('ip', 'netns', 'add', PEER)
  run('ip', '-n', PEER, 'link', 'set', 'lo', 'up')
  for (const line of uplink.lay) run('ip', ...line.split(' '))
  for (const [file, value] of SETTINGS)
    writeFileSync(`/proc/sys/net/${file.replace('UPLINK', uplink.name)}`, value)
  for (const line of [
    '-n peer address add 192.0.2.1/24 dev far',
    '-n peer address add 2001:db8::1/64 dev far nodad',
    '-n peer link set far up',
    `link add calm type veth peer name other netns ${PEER}`,
    // Without IPv6 it is at rest from the start.
    'link set calm addrgenmode none',
    `address add ${CALM}/30 dev calm`,
    'link set calm up',
    '-n peer address add 10.255.0.1/30 dev other',
    '-n peer link set other up',
    'link set UPLINK up',
    'address add 192.0.2.10/24 broadcast 192.0.2.255 dev UPLINK valid_lft 3600 preferred_lft 1800',
    'address add 192.0.2.11/24 dev UPLINK label UPLINK:1',
    'address add 198.51.100.5 peer 198.51.100.6/32 dev UPLINK',
    'address add 203.0.113.9/32 dev UPLINK noprefixroute metric 7',
    'address add 2001:db8::10/64 dev UPLINK nodad',
    'address add 2001:db8::11/64 dev UPLINK nodad valid_lft 3600 preferred_lft 1800 mngtmpaddr',
    'route add default via 192.0.2.1 dev UPLINK proto dhcp src 192.0.2.10 metric 100 mtu 1400',
    'route add default via 192.0.2.1 dev UPLINK metric 200',
    'route add 203.0.113.128/25 via 192.0.2.250 dev UPLINK table 77 onlink',
    'route add 10.7.0.0/16 dev UPLINK scope link src 192.0.2.11 metric 5',
    'route add 10.8.0.0/16 nexthop via 192.0.2.1 dev UPLINK weight 1 nexthop via 192.0.2.2 dev UPLINK weight 2',
    'route add 10.6.0.0/16 via inet6 fe80::1 dev UPLINK',
    'route add blackhole 10.9.0.0/16',
    '-6 route add default via 2001:db8::1 dev UPLINK proto ra metric 1024 expires 900',
    '-6 route add 2001:db8:7::/48 via 2001:db8::1 dev UPLINK table 77 metric 50 pref high',
    'rule add iif UPLINK lookup 77 priority 1000',
    'rule add from 192.0.2.11 fwmark 0x1/0xff oif UPLINK lookup 77 priority 1001 protocol static',
    '-6 rule add not to 2001:db8:5::/48 oif UPLINK lookup 77 priority 1002 suppress_prefixlength 0',
    'neigh add 192.0.2.77 lladdr 02:00:00:00:00:77 dev UPLINK nud permanent',
    'neigh add proxy 192.0.2.99 dev UPLINK',
    'neigh add proxy 2001:db8::99 dev UPLINK',
  ])
    run('ip', ...worded(isLeased ? line : line.replace(/valid_lft \d+ preferred_lft \d+/, ''), uplink.name))
}

const worded = (line: string, uplink: string): string[] =>
  line.replaceAll('UPLINK', uplink).trim().split(/ +/)

const SETTINGS = [
  ['ipv4/conf/UPLINK/rp_filter', '1'],
  ['ipv4/conf/UPLINK/proxy_arp', '1'],
  ['ipv4/neigh/UPLINK/gc_stale_time', '33'],
  ['ipv6/conf/UPLINK/accept_ra', '2'],
] as const

/** All of it and nothing else, the bridge too where it is left. */
export function removeUplinkWorld(links: readonly string[]): void {
  for (const link of ['calm', ...links])
    if (existsSync(`/sys/class/net/${link}`)) run('ip', 'link', 'delete', link)
  run('ip', 'netns', 'delete', PEER)
  for (const priority of ['1000', '1001']) run('ip', 'rule', 'delete', 'priority', priority)
  run('ip', '-6', 'rule', 'delete', 'priority', '1002')
  run('ip', 'route', 'delete', 'blackhole', '10.9.0.0/16')
}

/** The host as it can be compared, to the last flag: only how long something still lasts is left out, and what comes and goes by itself. */
export function describeUplinks(): string[] {
  const lines = (label: string, ...words: string[]): string[] => {
    const answer = JSON.parse(run('ip', '-j', '-d', ...words) || '[]') as readonly object[]
    return answer.flatMap((each) => ('addr_info' in each ? linkLines(each) : [`${label} ${text(each)}`]))
  }
  return [
    ...lines('link', 'addr', 'show'),
    ...lines('route', '-4', 'route', 'show', 'table', 'all').sort(),
    ...lines('route6', '-6', 'route', 'show', 'table', 'all').sort(),
    ...lines('rule', '-4', 'rule'),
    ...lines('rule6', '-6', 'rule'),
    ...lines('neighbour', 'neigh', 'show', 'nud', 'permanent').sort(),
    ...lines('proxy', '-4', 'neigh', 'show', 'proxy'),
    ...lines('proxy', '-6', 'neigh', 'show', 'proxy'),
    ...['ipv4/conf', 'ipv6/conf', 'ipv4/neigh', 'ipv6/neigh'].flatMap(settingLines),
  ]
}

function linkLines({ addr_info, ...link }: { readonly addr_info?: unknown }): string[] {
  const addresses = (addr_info as readonly object[]).map(text).sort()
  return [`link ${text(link)}`, ...addresses.map((each) => `    ${each}`)]
}

const text = (value: object): string =>
  JSON.stringify(value, (key, part: unknown) => {
    if (/^(valid_life_time|preferred_life_time|expires)$/.test(key))
      return part === 4_294_967_295 ? 'forever' : 'finite'
    return /^(gc_timer|br_|.*_timer|link_failure_count)$/.test(key) ? undefined : part
  })

function settingLines(kind: string): string[] {
  return readdirSync(`/proc/sys/net/${kind}`).flatMap((link) =>
    readdirSync(`/proc/sys/net/${kind}/${link}`).flatMap((file) => {
      try {
        return [
          `${kind}/${link}/${file} = ${readFileSync(`/proc/sys/net/${kind}/${link}/${file}`, 'utf8').trim()}`,
        ]
      } catch {
        return []
      }
    }),
  )
}

/** What hangs on one link, its name left out: the same on the NIC before and on the bridge after. */
export function describeHanging(link: string): string[] {
  const own = (line: string): boolean => line.includes(`"${link}"`) || line.includes(`/${link}/`)
  const [{ addr_info }] = JSON.parse(run('ip', '-j', '-d', 'addr', 'show', link)) as [
    { addr_info: readonly object[] },
  ]
  const lines = describeUplinks().filter((line) => !/^( |link)/.test(line) && own(line))
  return [...addr_info.map(text).sort(), ...lines].map((line) =>
    line.replaceAll(`"${link}`, '"LINK').replaceAll(`/${link}/`, '/LINK/'),
  )
}

/** A moment later, where need be: after a move the kernel looks at a link's carrier and its addresses in its own time. */
export async function assertHangs(link: string, expected: readonly string[]): Promise<void> {
  await assertSoon(() => describeHanging(link), expected)
}

/** Fails with the lines that still differ when it has waited long enough. */
export async function assertSoon(
  look: () => readonly string[],
  expected: readonly string[],
  where = '',
): Promise<void> {
  // What is looked at may not be there yet.
  const seen = (): readonly string[] => {
    try {
      return look()
    } catch (error) {
      return [String(error)]
    }
  }
  await until('as expected', () => isDeepStrictEqual(seen(), expected)).catch(() => {
    const now = seen()
    const gone = without(expected, now).map((line) => `-${line}`)
    const come = without(now, expected).map((line) => `+${line}`)
    assert.equal([...gone, ...come].join('\n'), '', where)
    assert.deepEqual(now, expected, where)
  })
}

/** Of lines that are there twice, as an address on two links is, one is left. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const rest = [...others]
  return lines.filter((line) => {
    const at = rest.indexOf(line)
    if (at >= 0) rest.splice(at, 1)
    return at < 0
  })
}

const QUIET_MS = 500

/** What is seen once it has not changed for a while: whoever keeps a link goes on for a moment when it says that it is done. */
export async function whenAtRest(look: () => string[]): Promise<string[]> {
  let [seen, since] = [look(), performance.now()]
  await until('all is at rest', () => {
    const now = look()
    if (!isDeepStrictEqual(now, seen)) [seen, since] = [now, performance.now()]
    return performance.now() - since > QUIET_MS
  })
  return seen
}

export interface Heard {
  /** The longest time in ms from one answer to the next. */
  readonly longestMs: number
  readonly answers: number
  readonly lost: number
}

export interface Pinger {
  stop(): Promise<Heard>
}

const EVERY_MS = 10
/** The goal of it all: a peer that pings every 10 ms is never without an answer for longer than 100 ms. */
const MOST_LOST = 10
/** Where a keeper's daemon takes part, it has its turn when a busy machine lets it: nobody is cut off, but it may be noticed. */
const MOST_LOST_TO_A_DAEMON = 200

export function assertNotCutOff({ lost }: Heard): void {
  assert.ok(lost <= MOST_LOST_TO_A_DAEMON, `${String(lost)} pings lost`)
}

/** Pings that are lost are counted; how long one takes is printed beside another cable: a machine with much to do is slow on both. */
export function assertHeard(all: readonly Heard[], calm: Heard): void {
  for (const { longestMs, lost, answers } of all) {
    console.log(
      `longest silence ${longestMs.toFixed(1)} ms (${calm.longestMs.toFixed(1)} ms on another cable), ${String(lost)} of ${String(lost + answers)} pings lost`,
    )
    assert.ok(lost <= MOST_LOST, `${String(lost)} of ${String(lost + answers)} pings lost`)
  }
}

/** The peer pings the host every 10 ms, and writes to a file: a test that waits for a command would let a pipe fill up. Ready when the first answer has come. */
export async function startPings(address: string): Promise<Pinger> {
  const directory = mkdtempSync(join(tmpdir(), 'weft-pings-'))
  const file = openSync(join(directory, 'said'), 'w+')
  const args = ['netns', 'exec', PEER, 'busybox', 'ping', '-i', String(EVERY_MS / 1000), address]
  // It measures the host, not how long it waits for its turn itself.
  const child = spawn('nice', ['-n', '-20', 'ip', ...args], { stdio: ['ignore', file, 'inherit'] })
  // A test that fails meanwhile is not kept waiting: it ends with the test's world.
  child.unref()
  const said = (): string => readFileSync(join(directory, 'said'), 'utf8')
  await until(`${address} answers`, () => said().includes('seq='))
  return {
    async stop() {
      await end(child, 'SIGINT')
      // The last line may be cut off.
      const found = [...said().matchAll(/seq=(\d+) .*time=([\d.]+) ms\n/g)]
      const came = found.map(([, seq, ms]) => Number(seq) * EVERY_MS + Number(ms)).sort((a, b) => a - b)
      const gaps = came.slice(1).map((at, index) => at - (came[index] ?? 0))
      const last = Number(found.at(-1)?.[1] ?? 0)
      closeSync(file)
      rmSync(directory, { recursive: true })
      return { longestMs: Math.max(...gaps), answers: came.length, lost: last + 1 - found.length }
    },
  }
}

export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.ref()
  child.kill(signal)
  await ended
}
