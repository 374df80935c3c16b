/** A network's firewall in weft's own spelling: rules are lines, lists may be one value. */
import type { Reading } from '../libvirt/xml/element-shape.ts'
import {
  firewallData as dataOf,
  type FirewallData,
  type RuleListData,
} from '../libvirt/xml/firewall-draft.ts'
import { given } from '../libvirt/xml/given.ts'
import type { FirewallSpec } from '../core/network/guard/firewall-spec.ts'
import { FIREWALL, GROUP, GUEST, keysOf } from './network-shape.ts'
import { expectMap, readList, readMap, readWord } from './read-map.ts'
import type { YamlTree } from './yaml-tree.ts'

export function firewallYaml(tree: YamlTree, reading: Reading): FirewallData | undefined {
  const map = expectMap(tree, 'firewall', reading)
  if (map === undefined) return undefined
  const values = readMap(map, keysOf(FIREWALL), 'a firewall', reading)
  return {
    ...given({ antiSpoofing: readWord(values.antiSpoofing, 'firewall.antiSpoofing', reading) }),
    ...listYaml(values, 'firewall', reading),
    groups: readList(values.groups).flatMap((item, index) => groupYaml(item, index, reading) ?? []),
    guests: readList(values.guests).flatMap((item, index) => guestYaml(item, index, reading) ?? []),
  }
}

function groupYaml(
  tree: YamlTree,
  index: number,
  reading: Reading,
): FirewallData['groups'][number] | undefined {
  const path = `firewall.groups[${String(index)}]`
  const map = expectMap(tree, path, reading)
  if (map === undefined) return undefined
  const values = readMap(map, keysOf(GROUP), 'a group', reading)
  return {
    name: readName(values.name, path, tree, reading),
    members: wordsYaml(values.members, `${path}.members`, reading),
    ...listYaml(values, path, reading),
  }
}

function guestYaml(
  tree: YamlTree,
  index: number,
  reading: Reading,
): FirewallData['guests'][number] | undefined {
  const path = `firewall.guests[${String(index)}]`
  const map = expectMap(tree, path, reading)
  if (map === undefined) return undefined
  const values = readMap(map, keysOf(GUEST), 'a guest', reading)
  return {
    name: readName(values.name, path, tree, reading),
    ...given({
      antiSpoofing: readWord(values.antiSpoofing, `${path}.antiSpoofing`, reading),
      addresses:
        values.addresses === undefined
          ? undefined
          : wordsYaml(values.addresses, `${path}.addresses`, reading),
    }),
    ...listYaml(values, path, reading),
  }
}

function readName(tree: YamlTree | undefined, path: string, around: YamlTree, reading: Reading): string {
  if (tree === undefined)
    reading.problems.push({ path: `${path}.name`, message: `'${path}' has no name`, ...around.place })
  return readWord(tree, `${path}.name`, reading) ?? ''
}

function listYaml(
  values: Partial<Record<'in' | 'out' | 'rules', YamlTree>>,
  path: string,
  reading: Reading,
): RuleListData {
  return {
    ...given({
      in: readWord(values.in, `${path}.in`, reading),
      out: readWord(values.out, `${path}.out`, reading),
    }),
    rules: wordsYaml(values.rules, `${path}.rules`, reading),
  }
}

const wordsYaml = (tree: YamlTree | undefined, path: string, reading: Reading): string[] =>
  readList(tree).map((item, index) => readWord(item, `${path}[${String(index)}]`, reading) ?? '')

/** Lists that are empty are left out. */
export function firewallObject(firewall: FirewallSpec): object {
  const { rules, groups, guests, ...words } = dataOf(firewall)
  const some = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list)
  const withRules = ({ rules: own, ...rest }: RuleListData): object => ({
    ...rest,
    ...given({ rules: some(own) }),
  })
  return {
    ...words,
    ...given({
      rules: some(rules),
      groups: some(groups.map((group) => withRules(group))),
      guests: some(guests.map((guest) => withRules(guest))),
    }),
  }
}
