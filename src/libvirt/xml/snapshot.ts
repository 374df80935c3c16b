/** libvirt's `<domainsnapshot>`: what is asked for by it, and snapshots of weft's shown in it. */
import type { Problem } from '../../core/errors.ts'
import type { Snapshot } from '../../core/vm/snapshot.ts'
import { escapeXml } from './element-shape.ts'
import { parseXml, type XmlElement } from './xml-tree.ts'

/** Where a part of a snapshot is kept: in the machine's image, in a file of its own, or not at all. */
export type SnapshotPlace = 'no' | 'internal' | 'external' | 'manual'

export interface SnapshotDraft {
  readonly name?: string
  readonly description?: string
  readonly memory?: SnapshotPlace
  readonly memoryFile?: string
  readonly disks: readonly SnapshotDisk[]
}

export interface SnapshotDisk {
  /** Its target or its path. */
  readonly name: string
  readonly place?: SnapshotPlace
  /** The image that is written to from then on. */
  readonly file?: string
}

export async function parseSnapshotXml(
  text: string,
): Promise<{ readonly draft: SnapshotDraft } | { readonly problems: readonly Problem[] }> {
  const parsed = await parseXml(text)
  if ('problem' in parsed) return { problems: [parsed.problem] }
  const { root } = parsed
  if (root.name !== 'domainsnapshot') {
    const message = `this is a <${root.name}>, not a <domainsnapshot>`
    return { problems: [{ path: `<${root.name}>`, message, ...root.place }] }
  }
  const problems: Problem[] = []
  const place = (element: XmlElement): SnapshotPlace | undefined => {
    const value = attribute(element, 'snapshot')
    if (value === undefined || isPlace(value)) return value
    const message = `'${value}' is not no, internal, external or manual`
    problems.push({ path: `${element.name}.snapshot`, message, ...element.place })
    return undefined
  }
  const memory = child(root, 'memory')
  const draft = {
    ...optional('name', textOf(root, 'name')),
    ...optional('description', textOf(root, 'description')),
    ...(memory === undefined ? {} : optional('memory', place(memory))),
    ...(memory === undefined ? {} : optional('memoryFile', attribute(memory, 'file'))),
    disks: (child(root, 'disks')?.children ?? []).map((disk) => {
      const source = child(disk, 'source')
      return {
        name: attribute(disk, 'name') ?? '',
        ...optional('place', place(disk)),
        ...(source === undefined ? {} : optional('file', attribute(source, 'file'))),
      }
    }),
  }
  return problems.length > 0 ? { problems } : { draft }
}

const isPlace = (value: string): value is SnapshotPlace =>
  ['no', 'internal', 'external', 'manual'].includes(value)

const child = ({ children }: XmlElement, name: string): XmlElement | undefined =>
  children.find((each) => each.name === name)

const attribute = ({ attributes }: XmlElement, name: string): string | undefined =>
  attributes.find((each) => each.name === name)?.value

function textOf(root: XmlElement, name: string): string | undefined {
  const text = child(root, name)?.text.trim()
  return text === '' ? undefined : text
}

function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return (value === undefined ? {} : { [key]: value }) as Partial<Record<K, V>>
}

/** `disks`: its drives' targets, and whether the snapshot has them; `domain`: the machine at that time, as XML. */
export function formatSnapshotXml(
  snapshot: Snapshot,
  disks: readonly { readonly target: string; readonly isKept: boolean }[],
  domain: string,
): string {
  const { name, description, parent, at, memory } = snapshot
  const lines = [
    '<domainsnapshot>',
    `  <name>${escapeXml(name)}</name>`,
    ...(description === undefined ? [] : [`  <description>${escapeXml(description)}</description>`]),
    `  <state>${snapshotState(snapshot)}</state>`,
    ...(parent === undefined ? [] : ['  <parent>', `    <name>${escapeXml(parent)}</name>`, '  </parent>']),
    `  <creationTime>${String(Math.floor(Date.parse(at) / 1000))}</creationTime>`,
    `  <memory snapshot='${memory === undefined ? 'no' : 'internal'}'/>`,
    ...(disks.length === 0 ? [] : ['  <disks>', ...disks.map(diskLine), '  </disks>']),
    ...domain
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`),
    '</domainsnapshot>',
  ]
  return `${lines.join('\n')}\n`
}

const diskLine = ({ target, isKept }: { readonly target: string; readonly isKept: boolean }): string =>
  `    <disk name='${escapeXml(target)}' snapshot='${isKept ? 'internal' : 'no'}'/>`

/** libvirt has a word of its own for the disks of a running machine without its memory. */
export function snapshotState({ state, memory }: Pick<Snapshot, 'state' | 'memory'>): string {
  if (state === 'stopped') return 'shutoff'
  return memory === undefined ? 'disk-snapshot' : state
}
