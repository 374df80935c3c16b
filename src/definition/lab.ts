/** A lab as one text: its networks and machines in the words that `weft net define` and `weft vm define` read, and a few of its own. */
import { invalidDefinition, type Problem } from '../core/errors.ts'
import { NO_HOST_LINKS, type HostLinks } from '../core/lab/host-links.ts'
import type { LabDisk, LabDraft, LabMachine, LabNetwork } from '../core/lab/record.ts'
import type { Place } from '../core/network/draft.ts'
import type { Reading } from '../libvirt/xml/element-shape.ts'
import { didYouMean } from './did-you-mean.ts'
import { DISK, HOST, LAB_KEYS, MACHINE_OWN, NETWORK_OWN } from './lab-shape.ts'
import { keyOf, readMachineTree, readValue } from './machine-yaml.ts'
import { MACHINE } from './machine-shape.ts'
import { NETWORK_KEYS } from './network-yaml.ts'
import { readNetworkTree } from './network.ts'
import { expectMap, readList, readMap, readWord, readYesNo } from './read-map.ts'
import { parseYaml, type YamlMap, type YamlTree } from './yaml-tree.ts'

/** Throws 'invalid-definition' with every problem and its place. */
export async function readLab(text: string, source: string | undefined): Promise<LabDraft> {
  const what = source ?? 'the lab'
  const parsed = await parseYaml(text, text.trimStart().startsWith('{') ? 'JSON' : 'YAML')
  if ('problems' in parsed) throw invalidDefinition(what, parsed.problems)
  const reading: Reading = { problems: [], places: new Map<string, Place>() }
  const map = expectMap(parsed.tree, '', reading)
  if (map === undefined) throw invalidDefinition(what, reading.problems)
  const values = readMap(map, Object.keys(LAB_KEYS) as (keyof typeof LAB_KEYS)[], 'a lab', reading)
  const name = readWord(values.name, 'name', reading) ?? ''
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name)) reading.problems.push(badName(values.name, map, name))
  const networks = await Promise.all(readList(values.networks).map((tree) => readNetwork(tree, reading)))
  const machines = readList(values.machines).map((tree) => readMachine(tree, reading))
  const host = readHost(values.host, reading)
  const disks = readList(values.disks).flatMap((tree, i) => readDisk(tree, i, reading))
  const lab: LabDraft = {
    name,
    text,
    host,
    disks,
    what,
    networks: networks.flat(),
    machines: machines.flat(),
  }
  reading.problems.push(...twice(lab))
  if (reading.problems.length > 0) throw invalidDefinition(what, [...reading.problems].sort(inOrder))
  return lab
}

const inOrder = (a: Problem, b: Problem): number =>
  (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)

function badName(tree: YamlTree | undefined, map: YamlMap, name: string): Problem {
  const message = tree === undefined ? 'the lab has no name' : `'${name}' cannot be a lab's name`
  return { path: 'name', message, hint: 'such as: name: demo', ...(tree?.place ?? map.place) }
}

async function readNetwork(tree: YamlTree, reading: Reading): Promise<LabNetwork[]> {
  const split = splitOwn(tree, NETWORK_OWN, [...NETWORK_KEYS], reading)
  if (split === undefined) return []
  const result = await readNetworkTree(split.rest)
  if ('problems' in result) reading.problems.push(...result.problems)
  const { started = true, autostart = false } = truths(split.own, reading)
  return 'problems' in result
    ? []
    : [{ draft: result.draft, isStarted: started, autostart, place: tree.place }]
}

function readMachine(tree: YamlTree, reading: Reading): LabMachine[] {
  const known = Object.keys(MACHINE.fields).map(keyOf)
  const split = splitOwn(tree, MACHINE_OWN, known, reading)
  if (split === undefined) return []
  const result = readMachineTree(split.rest)
  if ('problems' in result) reading.problems.push(...result.problems)
  const { started = true } = truths(split.own, reading)
  return 'problems' in result
    ? []
    : [{ definition: result.definition, isStarted: started, place: tree.place }]
}

function readHost(tree: YamlTree | undefined, reading: Reading): HostLinks {
  if (tree === undefined) return NO_HOST_LINKS
  const own: Reading = { problems: reading.problems, places: new Map() }
  return { ...NO_HOST_LINKS, ...(readValue(HOST, tree, 'host', own) as Partial<HostLinks> | undefined) }
}

function readDisk(tree: YamlTree, index: number, reading: Reading): LabDisk[] {
  const own: Reading = { problems: reading.problems, places: new Map() }
  const path = `disks.${String(index)}`
  const read = readValue(DISK, tree, path, own) as Partial<Record<string, string>> | undefined
  if (read === undefined) return []
  const { name, size, format = 'qcow2', backing } = read
  if (name === undefined)
    reading.problems.push({ path, message: 'the disk has no name', hint: 'name: web', ...tree.place })
  if (size === undefined && backing === undefined)
    reading.problems.push({ path, message: 'the disk has no size', hint: 'size: 10G', ...tree.place })
  return [
    {
      name: name ?? '',
      format: format === 'raw' ? 'raw' : 'qcow2',
      ...(size === undefined ? {} : { size: Number(size) }),
      ...(backing === undefined ? {} : { backing }),
    },
  ]
}

type Own = ReadonlyMap<string, YamlTree>

/** What only a lab says of a part, and the part as its own file has it. */
function splitOwn(
  tree: YamlTree,
  own: Readonly<Record<string, unknown>>,
  known: readonly string[],
  reading: Reading,
): { readonly own: Own; readonly rest: YamlMap } | undefined {
  const map = expectMap(tree, 'networks and machines', reading)
  if (map === undefined) return undefined
  const isOwn = (key: string): boolean => Object.hasOwn(own, key)
  const meant = (key: string): string | undefined =>
    isOwn(key) || known.includes(key) || didYouMean(key, known) !== undefined
      ? undefined
      : didYouMean(key, Object.keys(own))
  const rest = map.entries.filter(({ key, place }) => {
    const word = meant(key)
    if (word !== undefined)
      reading.problems.push({
        path: key,
        message: `there is no '${key}'`,
        hint: `did you mean '${word}'?`,
        ...place,
      })
    return word === undefined && !isOwn(key)
  })
  const mine = map.entries.filter(({ key }) => isOwn(key)).map(({ key, value }) => [key, value] as const)
  return { own: new Map(mine), rest: { ...map, entries: rest } }
}

function truths(own: Own, reading: Reading): { readonly started?: boolean; readonly autostart?: boolean } {
  const read = [...own].flatMap(([key, tree]) => {
    const truth = readYesNo(tree, key, reading)
    return truth === undefined ? [] : [[key, truth] as const]
  })
  return Object.fromEntries(read)
}

/** Two parts of one kind with one name. */
function twice({ networks, machines }: LabDraft): Problem[] {
  const all = [
    ...networks.map(({ draft, place }) => ({ what: 'network', name: draft.name, place })),
    ...machines.map(({ definition, place }) => ({ what: 'machine', name: definition.name, place })),
  ]
  return all.flatMap(({ what, name, place }, i) =>
    all.slice(0, i).some((each) => each.what === what && each.name === name)
      ? [{ path: 'name', message: `there are two ${what}s named '${name}'`, ...place }]
      : [],
  )
}
