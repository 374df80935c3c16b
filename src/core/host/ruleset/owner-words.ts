/** Whose a rule is, in words. */
import { readLegacyName } from './legacy-name.ts'
import type { Owner, WeftObject } from './owner.ts'
import type { RuleRef } from './ruleset.ts'

/** `weft: network 'lab'`, `Docker`, `somebody's table 'inet mine'`. */
export function ownerWords(owner: Owner, { family, table }: RuleRef): string {
  if (owner.who === 'stranger') return `somebody's table '${family} ${table}'`
  if (owner.who !== 'weft') return owner.who
  return owner.object === undefined ? 'weft' : `weft: ${objectWords(owner.object)}`
}

function objectWords(object: WeftObject): string {
  switch (object.kind) {
    case 'network':
      return `network '${object.network}'`
    case 'bridge':
      return `bridge '${object.bridge}'`
    case 'published port': {
      const at = object.address === undefined ? '' : `${object.address}:`
      return `published port ${at}${String(object.port)}/${object.protocol}`
    }
    case 'rules': {
      const { guest, group, network, direction } = object
      const of = guest === undefined ? (group === undefined ? '' : ` of group '${group}'`) : ` of '${guest}'`
      return `rules (${direction})${of} in '${network}'`
    }
    case 'anti-spoofing':
      return `anti-spoofing of '${object.port}' in '${object.network}'`
    case 'filter': {
      const { filter, port, network } = object
      return `${filter === undefined ? 'the network filter' : `network filter '${filter}'`} of '${port}' in '${network}'`
    }
    case 'port':
      return `port '${object.port}'`
  }
}

/** What to type about it; undefined where weft knows nothing. */
export function remedy(owner: Owner, ref: RuleRef): string | undefined {
  if (owner.who === 'weft') {
    const { object } = owner
    if (object?.kind === 'rules' || object?.kind === 'anti-spoofing')
      return `weft rule list ${object.network}`
    if (object?.kind === 'filter')
      return object.filter === undefined ? undefined : `virsh nwfilter-dumpxml ${object.filter}`
    return object?.kind === 'network' ? `weft net show ${object.network}` : undefined
  }
  const legacy = readLegacyName(ref.table)
  if (legacy !== undefined) return `${legacy.program} -t ${legacy.table} -S ${ref.chain}`
  return `nft -a list chain ${ref.family} ${ref.table} ${ref.chain}`
}
