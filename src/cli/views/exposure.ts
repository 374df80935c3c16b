/** Who reaches which service: a table for each guest, and with it the rules that decide. */
import type { ExposedServiceView, ExposureAskerView, ExposureView } from '../../api/exposure-contract.ts'
import { formatTable } from './table.ts'
import { wrap } from './help.ts'

const WIDTH = 79

export function formatExposure(
  { askers, services }: ExposureView,
  showsRules: boolean,
  width: number | undefined,
): string {
  if (services.length === 0) return 'No guest with an address is plugged into a network.\n'
  const guests = [
    ...new Set(services.map(({ guest, network, address }) => `${guest} (${address}, network ${network})`)),
  ]
  return guests
    .map((title) => {
      const own = services.filter(
        ({ guest, network, address }) => title === `${guest} (${address}, network ${network})`,
      )
      const table = formatTable(['Service', ...askers.map(askerWords)], rowsOf(own), { width })
      return `${title}\n${table}${showsRules ? `\n${formatRules(own, askers)}` : ''}`
    })
    .join('\n')
}

const askerWords = ({ kind, name }: ExposureAskerView): string =>
  kind === 'lan' ? 'LAN' : kind === 'network' ? name : kind === 'host' ? 'host' : 'internet'

const SHORT = {
  yes: 'yes',
  refused: 'refused',
  dropped: 'dropped',
  'no answer': 'no answer',
  unknown: '?',
} as const

/** Other TCP, other UDP and ping. */
const REST = 3
const isRest = ([name = '']: readonly string[]): boolean => /^other |^ping$/.test(name)

/** What nothing names is one row where all of it is alike. */
function rowsOf(services: readonly ExposedServiceView[]): (readonly string[])[] {
  const rows = services.map(({ service, cells }) => [service, ...cells.map(({ reach }) => SHORT[reach])])
  const rest = rows.filter(isRest)
  const alike = new Set(rest.map(([, ...cells]) => cells.join()))
  const [first = []] = rest
  if (alike.size !== 1) return rows
  return [...rows.filter((row) => !isRest(row)), ['all else', ...first.slice(1)]]
}

/** Each rule once, with whom it lets in or keeps out. */
function formatRules(services: readonly ExposedServiceView[], askers: readonly ExposureAskerView[]): string {
  const told = new Map<string, Map<string, string[]>>()
  for (const { service, cells } of services)
    for (const [index, { reach, owner, rule }] of cells.entries()) {
      const asker = askers[index]
      if (rule === null || asker === undefined) continue
      const key = `${owner ?? ''} ${VERBS[reach]}\n${withoutCounts(rule)}`
      const whom = told.get(key) ?? new Map<string, string[]>()
      told.set(key, whom.set(askerWords(asker), [...(whom.get(askerWords(asker)) ?? []), service]))
    }
  return [...told]
    .map(([key, whom]) => {
      const [head = '', rule = ''] = key.split('\n')
      return [head, ...sentences(whom).map((line) => hung(line, 4)), hung(`by ${rule}`, 4), ''].join('\n')
    })
    .join('')
}

const VERBS = {
  yes: 'lets in',
  refused: 'refuses',
  dropped: 'drops',
  'no answer': 'lets no answer back',
  unknown: 'may keep out',
} as const

/** `internet, LAN to tcp 22, all else`: those who ask for the same are named together. */
function sentences(whom: ReadonlyMap<string, readonly string[]>): string[] {
  const together = new Map<string, string[]>()
  for (const [asker, services] of whom) {
    const rest = services.filter((service) => isRest([service]))
    const named = services.filter((service) => !isRest([service]))
    const words = [...named, ...(rest.length === REST ? ['all else'] : rest)].join(', ')
    together.set(words, [...(together.get(words) ?? []), asker])
  }
  return [...together].map(([words, names]) => `${names.join(', ')} to ${words}`)
}

const withoutCounts = (text: string): string => text.replace(/ ?counter packets \d+ bytes \d+/g, '')

const hung = (text: string, indent: number): string =>
  wrap(text, WIDTH - indent)
    .split('\n')
    .map((line) => ' '.repeat(indent) + line)
    .join('\n')
