/** The kernel's old tables (iptables-legacy) as tables of nft, for the judge: nft does not show them, and packets have to pass them too. */
import { readOnce } from '../../host/read-once.ts'
import { legacyName } from '../../host/ruleset/legacy-name.ts'
import { parseRuleset } from '../../host/ruleset/read-ruleset.ts'
import type {
  BaseChain,
  Chain,
  Hook,
  LegacyText,
  Ruleset,
  RulesText,
  Table,
} from '../../host/ruleset/ruleset.ts'
import { readSaved, type SavedTable } from './iptables-save.ts'
import { wordsOfNft } from './legacy-words.ts'
import type { SeenFilter } from './seen-neighbours.ts'

/** Where the kernel asks each of them: NF_IP_PRI_* of linux/netfilter_ipv4.h. */
const PLACES: Readonly<Record<string, Readonly<Partial<Record<Hook, number>>>>> = {
  raw: { prerouting: -300, output: -300 },
  mangle: { prerouting: -150, input: -150, forward: -150, output: -150, postrouting: -150 },
  nat: { prerouting: -100, input: 100, output: -100, postrouting: 100 },
  filter: { input: 0, forward: 0, output: 0 },
  security: { input: 50, forward: 50, output: 50 },
}

/**
 * All of them. Not every kernel tells which of two chains with one priority it asks first. It matters only where one drops and the other
 * refuses, or both translate: the old tables are taken for the newer ones, which are asked first.
 */
export const rulesetOf = readOnce(({ nft, legacy }: RulesText): Ruleset => {
  const { tables } = parseRuleset(nft)
  return legacy.length === 0 ? { tables } : { tables: [...tables, ...legacy.flatMap(legacyTables)] }
})

/** One table, `ip filter` or `ip6 filter`. */
export const legacyRuleset = readOnce((filter: SeenFilter): Ruleset => ({
  tables: [tableOf('filter', filter, readSaved(filter))],
}))

function legacyTables(text: LegacyText): Table[] {
  const { saved, tables } = text
  if (saved === undefined) return tables.map((name) => unread(name, text))
  return [...saved.matchAll(/^\*(\S+)\n([\s\S]*?)^COMMIT$/gm)].map(([, name = '', lines = '']) =>
    tableOf(name, text, readSaved({ text: lines })),
  )
}

type Keeper = Pick<LegacyText, 'family' | 'program'>

function tableOf(name: string, { family, program }: Keeper, { policies, rules }: SavedTable): Table {
  const chains = [...policies].map(([chain, policy]): Chain => {
    const base = baseOf(name, chain, policy)
    return {
      name: chain,
      ...(base === undefined ? {} : { base }),
      rules: (rules.get(chain) ?? []).map((rule, index) => ({
        text: wordsOfNft(rule, family, policies),
        spelt: `-A ${chain} ${rule.text}`,
        handle: index + 1,
      })),
    }
  })
  return madeOf(chains, name, { family, program })
}

/** It is there, and nobody knows what is in it. */
function unread(name: string, keeper: Keeper): Table {
  const what = `rules that nobody can read here: ${keeper.program}-save does not run`
  const chains = Object.keys(PLACES[name] ?? {}).flatMap((hook): Chain[] => {
    const base = baseOf(name, hook.toUpperCase(), 'ACCEPT')
    const rules = [{ text: 'xt target "unread"', spelt: what, handle: 1 }]
    return base === undefined ? [] : [{ name: hook.toUpperCase(), base, rules }]
  })
  return madeOf(chains, name, keeper)
}

function madeOf(chains: readonly Chain[], name: string, { family, program }: Keeper): Table {
  return {
    family,
    name: legacyName(name, program),
    isDormant: false,
    chains: new Map(chains.map((chain) => [chain.name, chain])),
    sets: new Map(),
  }
}

function baseOf(table: string, chain: string, policy: string): BaseChain | undefined {
  const hook = chain.toLowerCase() as Hook
  const priority = chain === hook.toUpperCase() ? PLACES[table]?.[hook] : undefined
  if (priority === undefined) return undefined
  const type = table === 'nat' ? 'nat' : 'filter'
  return { type, hook, priority, policy: policy === 'DROP' ? 'drop' : 'accept', devices: [] }
}
