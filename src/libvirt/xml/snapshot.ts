/** libvirt's `<domainsnapshot>`: what is asked for by it, and snapshots of weft's shown in it. */
import type { Problem } from '../../core/errors.ts'
import type { Place } from '../../core/network/draft.ts'
import type { Snapshot } from '../../core/vm/snapshot.ts'
import { escapeXml, readElement, type ElementData } from './element-shape.ts'
import { SNAPSHOT_ELEMENT } from './snapshot-element.ts'
import { given } from './given.ts'
import { parseXml } from './xml-tree.ts'

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
  const places = new Map<string, Place>()
  const data = readElement(SNAPSHOT_ELEMENT, root, { problems, places })
  const draft = draftOf(data, (path, message) => {
    problems.push({ path, message, ...places.get(path) })
  })
  return problems.length > 0 ? { problems } : { draft }
}

type Data = ElementData<typeof SNAPSHOT_ELEMENT>
type Complain = (path: string, message: string) => void

function draftOf({ name, description, memory, disks }: Data, complain: Complain): SnapshotDraft {
  const place = (value: string | undefined, path: string): SnapshotPlace | undefined => {
    if (value === undefined || isPlace(value)) return value
    complain(path, `'${value}' is not no, internal, external or manual`)
    return undefined
  }
  return {
    ...given({
      name: textOf(name),
      description: textOf(description),
      memory: place(memory?.snapshot, 'memory.snapshot'),
      memoryFile: memory?.file,
    }),
    disks: (disks?.disk ?? []).map(({ name: disk = '', snapshot, type = 'file', driver, source }, i) => {
      const path = `disks.disk[${String(i)}]`
      if (type !== 'file') complain(`${path}.type`, `disks are files, not '${type}'`)
      const format = driver?.type ?? 'qcow2'
      if (format !== 'qcow2')
        complain(`${path}.driver.type`, `an image over another is qcow2, not '${format}'`)
      return { name: disk, ...given({ place: place(snapshot, `${path}.snapshot`), file: source?.file }) }
    }),
  }
}

const isPlace = (value: string): value is SnapshotPlace =>
  ['no', 'internal', 'external', 'manual'].includes(value)

function textOf(text: string | undefined): string | undefined {
  const trimmed = text?.trim()
  return trimmed === '' ? undefined : trimmed
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
