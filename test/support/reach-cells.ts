/** How each cell of who reaches whom is asked, and the word its answer makes: one question a cell, asked of all at once. */
import { GROUPS } from './witness.ts'
import {
  askAll,
  deafPortOf,
  HOST,
  portOf,
  sizeOf,
  witnessIn,
  type Question,
  type Verdict,
  type Witness,
} from './witnesses.ts'

export type Witnesses = ReadonlyMap<string, Witness>

/** Its key is `row column`, as on the page. */
export interface Cell {
  readonly questions: readonly Question[]
  /** From the questions' answers, in their order; without it the word of the one. */
  readonly word?: (verdicts: readonly Verdict[]) => string
}
export type Cells = ReadonlyMap<string, Cell>

/** Where one network's column is asked: namespaces and addresses. */
export interface Ground {
  readonly a: string
  readonly b: { readonly name: string; readonly address: string; readonly linkLocal?: string }
  readonly guest: string
  /** The host's address on this network. */
  readonly gateway: string
  readonly outside: { readonly name: string; readonly address: string }
}

export type Asker = (
  row: string,
  from: string,
  how: Question['how'],
  to: string,
  more?: Partial<Question>,
) => Question

/** Questions with the marks by which who receives them knows who asked. */
export function askerOf(witnesses: Witnesses, column: string): Asker {
  return (row, from, how, to, more = {}) => {
    const witness = witnessIn(witnesses, from)
    return { key: `${row} ${column}`, from, how, to, port: portOf(witness), size: sizeOf(witness), ...more }
  }
}

const NOBODY: Verdict = { word: 'not asked', said: [] }

export const cell = (question: Question, word?: (verdict: Verdict) => string): readonly [string, Cell] => [
  question.key,
  { questions: [question], ...(word === undefined ? {} : { word: ([only = NOBODY]) => word(only) }) },
]

/** Ping, TCP and UDP, as three cells. */
export function three(
  ask: Asker,
  row: string,
  from: string,
  to: string,
  of?: string,
): (readonly [string, Cell])[] {
  const more = of === undefined ? {} : { of }
  return [
    cell(ask(`${row}.icmp`, from, 'ping', to, more)),
    cell(ask(`${row}.tcp`, from, 'tcp', to, more)),
    cell(ask(`${row}.udp`, from, 'udp', to, more)),
  ]
}

/** The same as the one cell of two networks: one word, or one for each. */
function between(ask: Asker, from: string, to: string, of: string): readonly [string, Cell] {
  const questions = three(ask, '', from, to, of).flatMap(([, cell]) => cell.questions)
  const named = questions.map((question) => ({
    ...question,
    key: `${question.key} ${question.how} ${from} ${of}`,
  }))
  const word = (verdicts: readonly Verdict[]): string => {
    const [icmp = '', tcp = '', udp = ''] = verdicts.map((verdict) => verdict.word)
    return icmp === tcp && tcp === udp ? icmp : `icmp ${icmp}, tcp ${tcp}, udp ${udp}`
  }
  return [`${from} ${of}`, { questions: named, word }]
}

/** What goes to all at once reached one of them when that one answers. */
const heardBy =
  (name: string) =>
  ({ word, said }: Verdict): string =>
    word !== 'allow' ? word : said.some((line) => line.startsWith(`${name} `)) ? 'allow' : 'drop'

/** Broadcast and multicast, to a guest, to the host and to the outside. */
export function castCells(ask: Asker, { a, b, guest, outside }: Ground): (readonly [string, Cell])[] {
  const [group, local] = GROUPS
  const listeners = { g2g: b.name, g2h: HOST, g2o: outside.name }
  const kinds = { bc: '255.255.255.255', mc: group, mcll: local }
  return Object.entries(listeners).flatMap(([row, name]) =>
    Object.entries(kinds).map(([kind, to]) =>
      cell(ask(`${row}.${kind}`, a, 'cast', to, { fromAddress: guest }), heardBy(name)),
    ),
  )
}

/** What the outside says it saw: `NAME ADDRESS PORT`. */
export function seenCells(ask: Asker, family: '' | '6', ground: Ground): (readonly [string, Cell])[] {
  const { a, guest, outside } = ground
  const seen = ({ said: [line = ''] }: Verdict): string[] => line.split(' ')
  return [
    cell(ask(`g2o${family}.seen`, a, 'udp', outside.address), (verdict) =>
      seen(verdict)[1] === guest ? 'own' : "host's",
    ),
    cell(ask(`g2o${family}.lowport`, a, 'udp', outside.address, { fromPort: 600 }), (verdict) =>
      seen(verdict)[2] === '600' ? 'kept' : 'mapped',
    ),
  ]
}

export const dnsCells = (
  ask: Asker,
  family: '4' | '6',
  { a, gateway }: Ground,
): (readonly [string, Cell])[] => [
  cell(ask(`dns${family}.udp`, a, 'dns-udp', gateway, { port: 53 })),
  cell(ask(`dns${family}.tcp`, a, 'dns-tcp', gateway, { port: 53 })),
]

/** A made-up source address; counted where it arrives, since no answer can find back. */
export function spoofCell(ask: Asker, witnesses: Witnesses, { a, outside }: Ground, address: string) {
  const more = { port: deafPortOf(witnessIn(witnesses, a)), fromAddress: address, of: outside.name }
  return cell(ask('spoof2o.udp', a, 'udp', outside.address, more))
}

/** Every mode with every other. */
export function crossings(
  witnesses: Witnesses,
  groundOf: (column: string) => Ground,
): (readonly [string, Cell])[] {
  const columns = ['nat', 'route', 'isolated', 'open']
  return columns.flatMap((from) =>
    columns.map((to) => {
      const { b } = groundOf(to)
      const [, asked] = between(askerOf(witnesses, to), groundOf(from).a, b.address, b.name)
      return [`${from} ${to}`, asked] as const
    }),
  )
}

/** How often a cell is asked before it is believed to differ: the machine may have been busy. */
const TRIES = 3

/** Word by key. Only what differs from what is expected is asked again. */
export async function drive(
  witnesses: Witnesses,
  cells: Cells,
  expected: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const words = new Map<string, string>()
  for (let count = 0; count < TRIES; count += 1) {
    const left = [...expected].filter(([key, word]) => words.get(key) !== word).map(([key]) => key)
    if (left.length === 0) break
    const asked = left.flatMap((key) => cells.get(key) ?? [])
    const verdicts = await askAll(
      witnesses,
      asked.flatMap(({ questions }) => questions),
    )
    for (const key of left) words.set(key, wordOf(cells.get(key), verdicts))
  }
  return words
}

function wordOf(cell: Cell | undefined, verdicts: ReadonlyMap<string, Verdict>): string {
  if (cell === undefined) return 'nobody knows how to ask this'
  const answers = cell.questions.map(({ key }) => verdicts.get(key) ?? NOBODY)
  return cell.word === undefined ? (answers[0]?.word ?? '') : cell.word(answers)
}
