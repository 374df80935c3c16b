/** weft's own spelling of a machine, the same in YAML and JSON: read and written by the table of machine-shape.ts. */
import type { Problem } from '../core/errors.ts'
import type { VmDefinition } from '../core/vm/definition.ts'
import { omit } from '../core/vm/omit.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import type { Reading } from '../libvirt/xml/element-shape.ts'
import { didYouMean } from './did-you-mean.ts'
import { KEYS, MACHINE, type MachineShape, type MapShape } from './machine-shape.ts'
import { expectMap, readList, readMap, readWord, readYesNo } from './read-map.ts'
import { parseYaml, type YamlTree } from './yaml-tree.ts'

/** Every problem with its place. */
export async function parseMachineYaml(
  text: string,
  language: 'YAML' | 'JSON',
): Promise<{ readonly definition: VmDefinition } | { readonly problems: readonly Problem[] }> {
  const parsed = await parseYaml(text, language)
  return 'problems' in parsed ? parsed : readMachineTree(parsed.tree)
}

/** The same of a part of a larger text. */
export function readMachineTree(
  tree: YamlTree,
): { readonly definition: VmDefinition } | { readonly problems: readonly Problem[] } {
  const reading: Reading = { problems: [], places: new Map() }
  const read = (readValue(MACHINE, tree, '', reading) ?? {}) as Partial<VmSpec>
  refuseMissing(read, reading)
  if (reading.problems.length > 0) return { problems: reading.problems }
  const disks = (read.disks ?? []).map((disk) => ({ ...omit(disk, 'path'), source: { path: disk.path } }))
  const nics = (read.nics ?? []).map((nic) => ({ ...omit(nic, 'network'), plug: { network: nic.network } }))
  const { name = '', cdroms = [] } = read
  return { definition: { ...read, name, disks, nics, cdroms, places: reading.places } }
}

/** What nothing could be chosen for. */
function refuseMissing(read: Partial<VmSpec>, { problems, places }: Reading): void {
  const missing = (path: string, message: string, hint: string): void => {
    problems.push({ path, message, hint, ...(places.get(path) ?? places.get('')) })
  }
  if (read.name === undefined) missing('', 'the machine has no name', 'name: web')
  for (const [i, { path }] of (read.disks ?? []).entries())
    if ((path as string | undefined) === undefined && !places.has(`disks.${String(i)}.path`))
      missing(`disks.${String(i)}`, 'the disk has no path', 'path: /srv/web.qcow2')
  for (const [i, { network }] of (read.nics ?? []).entries())
    if ((network as string | undefined) === undefined)
      missing(`nics.${String(i)}`, 'the NIC has no network', 'network: default')
}

/** Any part that a table describes. */
export function readValue(shape: MachineShape, tree: YamlTree, path: string, reading: Reading): unknown {
  reading.places.set(path, tree.place)
  /** The value there is, or a problem. */
  const or = <T>(value: T | undefined, message: string, hint?: string): T | undefined => {
    if (value === undefined)
      reading.problems.push({ path, message, ...(hint === undefined ? {} : { hint }), ...tree.place })
    return value
  }
  if (shape.kind === 'map') return readFields(shape, tree, path, reading)
  if (shape.kind === 'list')
    return readList(tree).map((item, i) => readValue(shape.of, item, `${path}.${String(i)}`, reading))
  if (shape.kind === 'truth') {
    const isTrue = readYesNo(tree, path, reading)
    return isTrue === true ? true : undefined
  }
  const text = readWord(tree, path, reading)
  if (text === undefined) return undefined
  switch (shape.kind) {
    case 'words': {
      const meant = didYouMean(text, shape.words)
      const hint = meant === undefined ? shape.words.join(', ') : `did you mean '${meant}'?`
      return or(shape.words.includes(text) ? text : undefined, `'${text}' is not known here`, hint)
    }
    case 'count':
      return or(/^\d{1,15}$/.test(text) ? Number(text) : undefined, `'${text}' is no number`)
    case 'memory':
      return or(readMemory(text), `'${text}' is no amount of memory`, '2G, 512M, or a number of MiB')
    case 'text':
      return or(shape.parse === undefined ? text : shape.parse(text), `'${text}' is not ${shape.what}`)
  }
}

function readFields(shape: MapShape, tree: YamlTree, path: string, reading: Reading): object | undefined {
  const { fields, short, words = [], what } = shape
  if (tree.kind === 'word' && tree.text !== undefined && words.includes(tree.text)) return { kind: tree.text }
  const shorthand = short === undefined ? undefined : fields[short]
  if (tree.kind === 'word' && tree.text !== undefined && short !== undefined && shorthand !== undefined)
    return { [short]: readValue(shorthand, tree, path, reading) }
  const node = expectMap(tree, path, reading)
  if (node === undefined) return undefined
  const names = Object.keys(fields)
  const values = readMap(node, names.map(keyOf), what, reading)
  const entries = names.flatMap((name) => {
    const value = values[keyOf(name)]
    const field = fields[name]
    if (value === undefined || field === undefined) return []
    const read = readValue(field, value, path === '' ? name : `${path}.${name}`, reading)
    return read === undefined ? [] : [[name, read] as const]
  })
  return Object.fromEntries(entries)
}

export const keyOf = (name: string): string => (Object.hasOwn(KEYS, name) ? (KEYS[name] ?? name) : name)

function readMemory(text: string): number | undefined {
  const [, amount, unit = 'M'] = /^(\d{1,10})\s*([MGT])?(?:i?B)?$/i.exec(text) ?? []
  const power = { M: 1, G: 1024, T: 1024 ** 2 }[unit.toUpperCase()]
  return amount === undefined || power === undefined ? undefined : Number(amount) * power
}

const memoryText = (mebibytes: number): string =>
  mebibytes > 0 && mebibytes % 1024 === 0 ? `${String(mebibytes / 1024)}G` : `${String(mebibytes)}M`

/** Without secrets, which its caller has taken out. */
export async function formatMachine(spec: VmSpec, format: 'yaml' | 'json'): Promise<string> {
  const object = machineObject(spec)
  if (format === 'json') return `${JSON.stringify(object, null, 2)}\n`
  const { Document } = await import('yaml')
  return new Document(object).toString({ lineWidth: 0 })
}

export const machineObject = (spec: VmSpec): Record<string, unknown> =>
  writeValue(MACHINE, spec) as Record<string, unknown>

export function writeValue(shape: MachineShape, value: unknown): unknown {
  if (shape.kind === 'memory') return memoryText(value as number)
  if (shape.kind === 'list') return (value as readonly unknown[]).map((item) => writeValue(shape.of, item))
  if (shape.kind !== 'map') return value
  const values = value as Readonly<Record<string, unknown>>
  const entries = Object.entries(shape.fields).flatMap(([name, field]) => {
    const inner = values[name]
    const isEmpty = inner === undefined || (Array.isArray(inner) && inner.length === 0 && shape === MACHINE)
    return isEmpty ? [] : [[keyOf(name), writeValue(field, inner)] as const]
  })
  return Object.fromEntries(entries)
}
