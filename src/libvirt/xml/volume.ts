/** `<volume>`: what a text says of a volume that is to be made. */
import { firstStranger } from './element-shape.ts'
import { canonicalUuid, child, isUuid, textOf } from './pool.ts'
import { readBytes } from './size.ts'
import { VOLUME_ELEMENT } from './storage-element.ts'
import { parseXml, type XmlElement } from './xml-tree.ts'

export interface VolumeText {
  readonly name: string
  /** Bytes; absent where the text leaves it to what the volume begins with. */
  readonly capacity?: number
  /** Bytes that are to be taken at once; absent: all of them. */
  readonly allocation?: number
  readonly format: string
  readonly backing?: { readonly path: string; readonly format?: string }
  /** UUID of the secret that opens it. */
  readonly secret?: string
  readonly isEncrypted: boolean
}

/** What is wrong is told in libvirt's words. */
export async function readVolumeXml(text: string): Promise<VolumeText | { readonly wrong: string }> {
  const parsed = await parseXml(text)
  if ('problem' in parsed)
    return {
      wrong: `(storage_volume_definition):${String(parsed.problem.line ?? 1)}: ${parsed.problem.message}`,
    }
  const { root } = parsed
  if (root.name !== 'volume') return { wrong: `unexpected root element <${root.name}>, expecting <volume>` }
  const name = textOf(root, 'name')
  if (name === undefined) return { wrong: 'missing volume name element' }
  if (name.includes('/')) return { wrong: `volume name '${name}' cannot contain '/'` }
  const capacity = sizeOf(root, 'capacity')
  const allocation = sizeOf(root, 'allocation')
  const target = child(root, 'target')
  const below = backingOf(root)
  if (capacity === undefined && below === undefined) return { wrong: 'missing capacity element' }
  if (capacity === 'malformed') return { wrong: 'malformed capacity element' }
  if (allocation === 'malformed') return { wrong: 'malformed allocation element' }
  const secret = child(child(target, 'encryption'), 'secret')
  const uuid = attribute(secret, 'uuid')
  if (uuid !== undefined && !isUuid(uuid)) return { wrong: `malformed volume encryption uuid '${uuid}'` }
  const stranger = firstStranger(VOLUME_ELEMENT, root) ?? otherKind(target)
  if (stranger !== undefined) return { wrong: stranger }
  return {
    name,
    format: attribute(child(target, 'format'), 'type') ?? 'raw',
    isEncrypted: child(target, 'encryption') !== undefined,
    ...(capacity === undefined ? {} : { capacity }),
    ...(allocation === undefined ? {} : { allocation }),
    ...(below === undefined ? {} : { backing: below }),
    ...(uuid === undefined ? {} : { secret: canonicalUuid(uuid) }),
  }
}

function otherKind(target: XmlElement | undefined): string | undefined {
  const compat = textOf(target, 'compat')
  if (compat !== undefined && compat !== '1.1') return `compat is 1.1, not ${compat}`
  const cipher = attribute(child(target, 'encryption'), 'format')
  return cipher === undefined || cipher === 'luks' || cipher === 'default'
    ? undefined
    : `encrypted disks are luks, not ${cipher}`
}

function backingOf(root: XmlElement): VolumeText['backing'] {
  const store = child(root, 'backingStore')
  const path = textOf(store, 'path')
  if (path === undefined) return undefined
  const format = attribute(child(store, 'format'), 'type')
  return { path, ...(format === undefined ? {} : { format }) }
}

function sizeOf(root: XmlElement, name: string): number | 'malformed' | undefined {
  const text = textOf(root, name)
  return text === undefined
    ? undefined
    : (readBytes(text, attribute(child(root, name), 'unit')) ?? 'malformed')
}

const attribute = (element: XmlElement | undefined, name: string): string | undefined =>
  element?.attributes.find((each) => each.name === name)?.value
