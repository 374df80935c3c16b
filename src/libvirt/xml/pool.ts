/** `<pool>`: what a text says of a pool, as far as libvirt's own rules go; whether weft has such a one is for others to say. */
import { firstStranger } from './element-shape.ts'
import { POOL_ELEMENT } from './storage-element.ts'
import { parseXml, type XmlElement } from './xml-tree.ts'

export interface PoolText {
  readonly type: string
  readonly name: string
  readonly uuid?: string
  /** Absent only where the type needs none. */
  readonly path?: string
}

/** libvirt's types of pools, by their numbers; 0 is a directory. */
export const POOL_TYPES = [
  'dir',
  'fs',
  'netfs',
  'logical',
  'disk',
  'iscsi',
  'iscsi-direct',
  'scsi',
  'mpath',
  'rbd',
  'sheepdog',
  'gluster',
  'zfs',
  'vstorage',
] as const

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i

/** What is wrong is told in libvirt's words. */
export async function readPoolXml(text: string): Promise<PoolText | { readonly wrong: string }> {
  const parsed = await parseXml(text)
  if ('problem' in parsed)
    return {
      wrong: `(storage_pool_definition):${String(parsed.problem.line ?? 1)}: ${parsed.problem.message}`,
    }
  const { root } = parsed
  if (root.name !== 'pool') return { wrong: `unexpected root element <${root.name}>, expecting <pool>` }
  const type = root.attributes.find(({ name }) => name === 'type')?.value
  if (type === undefined) return { wrong: 'storage pool missing type attribute' }
  if (!(POOL_TYPES as readonly string[]).includes(type))
    return { wrong: `Invalid value for attribute 'type' in element 'pool': '${type}'.` }
  const name = textOf(root, 'name') ?? textOf(child(root, 'source'), 'name')
  if (name === undefined) return { wrong: 'missing pool source name element' }
  if (name.includes('/')) return { wrong: `name ${name} cannot contain '/'` }
  const uuid = textOf(root, 'uuid')
  if (uuid !== undefined && !UUID.test(uuid)) return { wrong: 'malformed uuid element' }
  const path = textOf(child(root, 'target'), 'path')
  if (path === undefined && type === 'dir') return { wrong: 'missing storage pool target path' }
  // Other types have elements of their own, and are told that weft has none of them.
  const stranger = type === 'dir' ? firstStranger(POOL_ELEMENT, root) : undefined
  if (stranger !== undefined) return { wrong: stranger }
  return {
    type,
    name,
    ...(uuid === undefined ? {} : { uuid: canonicalUuid(uuid) }),
    ...(path === undefined ? {} : { path: path.replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1') }),
  }
}

/** As everybody writes it: in groups, small letters. */
export function canonicalUuid(uuid: string): string {
  const hex = uuid.replaceAll('-', '').toLowerCase()
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

export const isUuid = (text: string): boolean => UUID.test(text)

export const child = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element?.children.find((each) => each.name === name)

/** undefined for one that is empty, too. */
export function textOf(element: XmlElement | undefined, name: string): string | undefined {
  const text = child(element, name)?.text.trim()
  return text === '' ? undefined : text
}
