/** Pools of a libvirt installation, and where volumes that machines name by them lie. */
import { invalidDefinition } from '../core/errors.ts'
import type { FoundPool } from '../core/lab/installation.ts'
import type { DiskDefinition, VmDefinition } from '../core/vm/definition.ts'
import { parseXml, type XmlElement } from '../libvirt/xml/xml-tree.ts'

export interface LibvirtPool extends FoundPool {
  /** As libvirt calls it. */
  readonly was: string
}

/** What it is called here: weft has a 'default' of its own elsewhere. */
const RENAMED: Readonly<Record<string, string>> = { default: 'libvirt' }

export async function readLibvirtPool(text: string): Promise<LibvirtPool> {
  const root = await rootOf(text)
  const type = root?.attributes.find(({ name }) => name === 'type')?.value
  const was = childText(root, 'name')
  const path = childText(child(root, 'target'), 'path')?.replace(/(?<=.)\/+$/, '')
  if (root?.name !== 'pool' || was === undefined)
    throw invalidDefinition('the pool', [{ path: `<${root?.name ?? 'pool'}>`, message: 'this is no <pool>' }])
  if (type !== 'dir' || path === undefined)
    throw invalidDefinition(`pool '${was}'`, [
      {
        path: '<pool type>',
        message: `'${type ?? ''}' is not taken over, a directory is`,
        hint:
          path === undefined
            ? 'weft pool define'
            : `mount it yourself, then weft pool define ${was} --path ${path}`,
        ...root.place,
      },
    ])
  const name = RENAMED[was] ?? was
  return { was, name, path, notes: name === was ? [] : [`libvirt calls it '${was}', as weft calls its own`] }
}

/** Volumes are files. */
export function withPoolPaths(definition: VmDefinition, pools: readonly LibvirtPool[]): VmDefinition {
  const disks = definition.disks.map((disk): DiskDefinition => {
    const { source } = disk
    if (!('pool' in source)) return disk
    const pool = pools.find(({ was }) => was === source.pool)
    return pool === undefined ? disk : { ...disk, source: { path: `${pool.path}/${source.volume}` } }
  })
  return { ...definition, disks }
}

export async function rootOf(text: string): Promise<XmlElement | undefined> {
  const parsed = await parseXml(text)
  return 'root' in parsed ? parsed.root : undefined
}

const child = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element?.children.find((each) => each.name === name)

const childText = (element: XmlElement | undefined, name: string): string | undefined =>
  child(element, name)?.text.trim()
