/** Witnesses in many namespaces at once: asked all together, and what arrived of what was never answered is known. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { promisify } from 'node:util'
import { PORTS, type Ask, type Told } from './witness.ts'

export interface Witness {
  readonly name: string
  /** By which others know who asks. */
  readonly number: number
  readonly process: ChildProcess
  readonly lines: Interface
}

/** A question of one witness; `of` is who should receive it. */
export interface Question extends Ask {
  readonly from: string
  readonly of?: string
}

/** allow: answered. reject: refused at once. drop: silence. oneway: it arrived, and no answer came back. */
export interface Verdict {
  readonly word: string
  readonly said: readonly string[]
}

/** This machine's own namespace. */
export const HOST = 'host'

/** Keys are namespaces, values the addresses of the links on which each hears multicast. */
export async function callWitnesses(
  where: Readonly<Record<string, readonly string[]>>,
): Promise<ReadonlyMap<string, Witness>> {
  const script = join(import.meta.dirname, 'witness.ts')
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', script]
  const called = Object.entries(where).map(async ([name, links], number): Promise<Witness> => {
    const into = name === HOST ? [] : ['ip', 'netns', 'exec', name]
    const [program = '', ...args] = [...into, ...node, name, ...links]
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    const lines = createInterface({ input: child.stdout })
    await nextLine(lines)
    return { name, number, process: child, lines }
  })
  return new Map((await Promise.all(called)).map((witness) => [witness.name, witness]))
}

export function dismiss(witnesses: ReadonlyMap<string, Witness>): void {
  for (const { process: child } of witnesses.values()) child.kill()
}

export function witnessIn(witnesses: ReadonlyMap<string, Witness>, name: string): Witness {
  const witness = witnesses.get(name)
  if (witness === undefined) throw new Error(`there is no witness in '${name}'`)
  return witness
}

/** Each asker has a port and a size of ping of its own. */
export const portOf = (witness: Witness): number => PORTS.first + witness.number
export const sizeOf = (witness: Witness): number => 100 + witness.number
/** Where nobody listens, for what should not be answered but is to be counted. */
export const deafPortOf = (witness: Witness): number => PORTS.first + 500 + witness.number

/** By key. Silence is a verdict only after it was asked what arrived. */
export async function askAll(
  witnesses: ReadonlyMap<string, Witness>,
  questions: readonly Question[],
): Promise<Map<string, Verdict>> {
  const guests = [...witnesses.values()].filter(({ name }) => name !== HOST)
  await Promise.all(guests.map(({ name }) => nft(name, COUNTERS)))
  const told = await Promise.all(
    [...witnesses.values()].map((witness) =>
      ask(
        witness,
        questions.filter(({ from }) => from === witness.name),
      ),
    ),
  )
  const seen = new Map(
    await Promise.all(guests.map(async ({ name }) => [name, await counted(name)] as const)),
  )
  const byKey = new Map(told.flat().map((each) => [each.key, each]))
  return new Map(
    questions.map((question) => {
      const { verdict = 'not asked', said = [] } = byKey.get(question.key) ?? {}
      const word = verdict === 'drop' ? silence(question, witnesses, seen) : verdict
      return [question.key, { word, said }]
    }),
  )
}

async function ask(witness: Witness, questions: readonly Question[]): Promise<Told[]> {
  if (questions.length === 0) return []
  const answer = nextLine(witness.lines)
  witness.process.stdin?.write(`${JSON.stringify(questions)}\n`)
  return JSON.parse(await answer) as Told[]
}

function nextLine(lines: Interface): Promise<string> {
  return new Promise((resolve, reject) => {
    const ended = (): void => {
      reject(new Error('a witness ended'))
    }
    lines.once('close', ended)
    lines.once('line', (line) => {
      lines.off('close', ended)
      resolve(line)
    })
  })
}

/** Pings by their length, all else by the port; refusals of pings, which ping itself keeps to itself. */
const COUNTERS = `table inet witness
delete table inet witness
table inet witness {
  set pings { typeof meta length; flags dynamic; size 999; }
  set tcps { type inet_service; flags dynamic; size 999; }
  set udps { type inet_service; flags dynamic; size 999; }
  set refused4 { type ipv4_addr; flags dynamic; size 999; }
  set refused6 { type ipv6_addr; flags dynamic; size 999; }
  chain arriving {
    type filter hook prerouting priority raw
    icmp type echo-request add @pings { meta length }
    icmpv6 type echo-request add @pings { meta length }
    tcp flags & (syn | ack) == syn add @tcps { tcp dport }
    udp dport ${String(PORTS.first)}-${String(PORTS.first + 999)} add @udps { udp dport }
  }
  chain answered {
    type filter hook input priority filter
    icmp type destination-unreachable ct protocol icmp add @refused4 { ct original ip daddr }
    icmpv6 type destination-unreachable ct protocol icmpv6 add @refused6 { ct original ip6 daddr }
  }
}
`
const HEADERS = { v4: 28, v6: 48 } as const

type Counted = Readonly<Record<string, ReadonlySet<string>>>

async function counted(name: string): Promise<Counted> {
  const listing = await nft(name, 'list table inet witness')
  const sets = listing.matchAll(/set (\w+) \{[^}]*?elements = \{([^}]*)\}/g)
  return Object.fromEntries(
    [...sets].map(([, set = '', list = '']) => [set, new Set(list.split(',').map((each) => each.trim()))]),
  )
}

function silence(
  { how, to, from, of = '', port = 0 }: Question,
  witnesses: ReadonlyMap<string, Witness>,
  seen: ReadonlyMap<string, Counted>,
): string {
  const family = to.includes(':') ? 'v6' : 'v4'
  const mine = seen.get(from)
  if (how === 'ping' && mine?.[family === 'v4' ? 'refused4' : 'refused6']?.has(to) === true) return 'reject'
  const mark = how === 'ping' ? sizeOf(witnessIn(witnesses, from)) + HEADERS[family] : port
  const set = how === 'ping' ? 'pings' : how === 'tcp' ? 'tcps' : 'udps'
  return seen.get(of)?.[set]?.has(String(mark)) === true ? 'oneway' : 'drop'
}

async function nft(name: string, text: string): Promise<string> {
  const isScript = text.includes('\n')
  const running = promisify(execFile)('ip', [
    'netns',
    'exec',
    name,
    'nft',
    ...(isScript ? ['-f', '-'] : text.split(' ')),
  ])
  if (isScript) running.child.stdin?.end(text)
  return (await running).stdout
}
