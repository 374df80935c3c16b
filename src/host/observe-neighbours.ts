/** Looks at firewalls of others: the rules that iptables keeps, old and new, tables of nft, and what ufw and firewalld have in their files. */
import { FIREWALLD_DIRECTORY, FIREWALLD_FILES, ZONES } from '../core/network/neighbours/firewalld-files.ts'
import type {
  SeenFilter,
  SeenFirewalld,
  SeenNeighbours,
  SeenUfw,
} from '../core/network/neighbours/seen-neighbours.ts'
import { hasLegacyFilter, UFW_RULES } from './mirror-neighbours.ts'
import { readText } from './process-table.ts'
import { runCommand } from './run-command.ts'

export type LookedAt = Omit<SeenNeighbours, 'left'>

/** `chains` is `nft list chains`. */
export async function observeNeighbours(chains: string): Promise<LookedAt> {
  const [filters, tables] = await Promise.all([readFilters(chains), readTables(chains)])
  const ufw = readUfw()
  const firewalld = await readFirewalld(tables, filters)
  return {
    filters,
    tables: { text: tables },
    ...(ufw === undefined ? {} : { ufw }),
    ...(firewalld === undefined ? {} : { firewalld }),
  }
}

async function readFilters(chains: string): Promise<SeenFilter[]> {
  const families = [
    ['ip', 'iptables'],
    ['ip6', 'ip6tables'],
  ] as const
  const filters = families.flatMap(([family, name]) => [
    ...(chains.includes(`table ${family} filter {`)
      ? [{ family, program: `${name}-nft`, isLegacy: false }]
      : []),
    ...(hasLegacyFilter(family) ? [{ family, program: `${name}-legacy`, isLegacy: true }] : []),
  ])
  const read = await Promise.all(filters.map(readFilter))
  return read.flatMap((filter) => filter ?? [])
}

/** Undefined where the table is not one that iptables understands, or iptables is not installed. */
async function readFilter(filter: Omit<SeenFilter, 'text'>): Promise<SeenFilter | undefined> {
  try {
    const { stdout } = await runCommand([`${filter.program}-save`, '-t', 'filter'])
    if (!stdout.includes('*filter')) return undefined
    // Counters, where somebody had them saved, are no part of a rule; nor is the time.
    const text = stdout.replace(/^#.*\n/gm, '').replace(/^(:\S+ \S+) \[\d+:\d+\]$/gm, '$1')
    return { ...filter, text }
  } catch {
    return undefined
  }
}

/** Only those that guests' packets go through. */
async function readTables(chains: string): Promise<string> {
  const tables = [...chains.matchAll(/^table (ip|ip6|inet|bridge) (\S+) \{\n([\s\S]*?)^\}/gm)]
  const met = tables.filter(
    ([, , name = '', body = '']) =>
      !/^weft(_\w+)?$/.test(name) && /type filter hook (input|forward) /.test(body),
  )
  // The numbers of rules are only for a process of its own to be had; a table that has just gone is not there.
  const read = met.map(([, family = '', name = '']) =>
    runCommand(['nft', '-a', 'list', 'table', family, name], { accept: [1] }),
  )
  return (await Promise.all(read)).map(({ stdout }) => stdout).join('')
}

function readUfw(): SeenUfw | undefined {
  const texts = [UFW_RULES, UFW_RULES.replace('user.', 'user6.')].map(readText)
  return texts[0] === undefined ? undefined : { rules: texts.join('\n') }
}

async function readFirewalld(
  tables: string,
  filters: readonly SeenFilter[],
): Promise<SeenFirewalld | undefined> {
  const isRunning =
    tables.includes('table inet firewalld {') || filters.some(({ text }) => text.includes(':FORWARD_ZONES '))
  const names = Object.keys(FIREWALLD_FILES)
  const files = new Map(
    names.flatMap((name) => {
      const text = readText(`${FIREWALLD_DIRECTORY}/${name}`)
      return text === undefined ? [] : [[name, text] as const]
    }),
  )
  if (!isRunning && files.size === 0) return undefined
  const found = tables.matchAll(/^\t*iifname "([^"]+)" goto filter_IN_(\S+)/gm)
  const zones = new Map([...found].map(([, link = '', zone = '']) => [link, zone]))
  const rest = isRunning
    ? await askFirewalld(`${tables} ${[...files.keys()].join()}`)
    : { knowsZones: false, hasUnsaved: false }
  return { isRunning, zones, files, ...rest }
}

/** What it answered when it looked so: it takes half a second. */
let known: { readonly chains: string; readonly answer: Promise<Asked> } | undefined

type Asked = Pick<SeenFirewalld, 'knowsZones' | 'hasUnsaved'>

/** By its chains and weft's files: who changes one of its zones changes neither. */
function askFirewalld(seen: string): Promise<Asked> {
  const chains = [...seen.matchAll(/chain filter_(?:IN|FWD)_\S+|\S+\.xml$/g)].map(([part]) => part).join()
  if (known?.chains !== chains) known = { chains, answer: askAnew() }
  return known.answer
}

async function askAnew(): Promise<Asked> {
  try {
    const zones = (await ask('--get-zones')).trim().split(/\s+/)
    const knowsZones = Object.values(ZONES).every((zone) => zones.includes(zone))
    return { knowsZones, hasUnsaved: !knowsZones && (await hasUnsaved()) }
  } catch {
    // It is just starting, and will be heard of again.
    known = undefined
    return { knowsZones: false, hasUnsaved: true }
  }
}

async function ask(...words: string[]): Promise<string> {
  return (await runCommand(['firewall-cmd', ...words])).stdout
}

async function hasUnsaved(): Promise<boolean> {
  const now = await Promise.all(['--list-all-zones', '--list-all-policies'].map((what) => ask(what)))
  const saved = await Promise.all(
    ['--list-all-zones', '--list-all-policies'].map((what) => ask('--permanent', what)),
  )
  // Where interfaces are outlasts it.
  const essence = (texts: readonly string[]): string =>
    texts
      .join('\n')
      .replace(/ \(.*\)$/gm, '')
      .replace(/^ {2}interfaces: .*$/gm, '')
  return essence(now) !== essence(saved)
}
