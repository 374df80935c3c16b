/** `<filesystem>` and `<memoryBacking>`: directories that a machine shares with its host, and the memory that virtiofs needs for it. */
import type { DefinitionPlace } from '../../../core/vm/definition.ts'
import type { ShareSpec } from '../../../core/vm/hardware-spec.ts'
import { shareId } from '../../../core/vm/shares.ts'
import type { Reading } from '../element-shape.ts'
import { given } from '../given.ts'
import { complain } from '../read-value.ts'
import type { DomainData, FilesystemData } from './domain-element.ts'
import { FILESYSTEM_ELEMENT } from './hardware-element.ts'
import { keptOf, withKept } from './kept-parts.ts'

const KINDS: Readonly<Record<string, ShareSpec['kind']>> = { virtiofs: 'virtiofs', path: '9p' }

export function readShares(
  all: readonly FilesystemData[] | undefined,
  reading: Reading,
  places: Map<string, DefinitionPlace>,
): ShareSpec[] | undefined {
  return all?.map((data, i) => {
    const path = `devices.filesystem[${String(i)}]`
    const place = reading.places.get(path)
    if (place !== undefined) places.set(`shares.${String(i)}`, place)
    return readShare(data, path, reading)
  })
}

/** libvirt takes a directory without a word of its driver for 9p. */
function readShare(data: FilesystemData, at: string, reading: Reading): ShareSpec {
  const { type = 'mount', driver, source, target, accessmode } = data
  if (type !== 'mount')
    complain(reading, `${at}.type`, `a filesystem of type '${type}' is not supported`, "type='mount'")
  const word = driver?.type ?? 'path'
  const kind = Object.hasOwn(KINDS, word) ? KINDS[word] : undefined
  if (kind === undefined)
    complain(reading, `${at}.driver.type`, `driver '${word}' is not supported`, "type='virtiofs' or 'path'")
  if (source?.dir === undefined)
    complain(reading, at, 'the filesystem has no <source>', "<source dir='/srv'/>")
  if (target?.dir === undefined)
    complain(reading, at, 'the filesystem has no <target>', "<target dir='srv'/>")
  const kept = keptOf(FILESYSTEM_ELEMENT, data)
  return {
    path: source?.dir ?? '/',
    tag: target?.dir ?? '',
    kind: kind ?? '9p',
    ...given({
      isMapped: readAccess(kind, accessmode, at, reading),
      isReadOnly: data.readonly === undefined ? undefined : (true as const),
      kept: kept.length === 0 ? undefined : kept,
    }),
  }
}

/** Of 9p `passthrough` would need a QEMU that may give files to others; unsaid it is not insisted on. */
function readAccess(
  kind: ShareSpec['kind'] | undefined,
  mode: string | undefined,
  at: string,
  reading: Reading,
): true | undefined {
  const known = kind === '9p' ? ['mapped', 'squash'] : ['passthrough']
  if (mode !== undefined && !known.includes(mode))
    complain(
      reading,
      `${at}.accessmode`,
      `accessmode '${mode}' is not supported: ${kind === '9p' ? 'QEMU may not give files to others' : 'virtiofs keeps owners as they are'}`,
      known.map((each) => `accessmode='${each}'`).join(' or '),
    )
  return kind === '9p' && mode === 'mapped' ? true : undefined
}

/** virtiofs needs memory that libvirt calls shared; where that lies is of no matter. */
export function readSharedMemory({ memoryBacking }: DomainData, reading: Reading): true | undefined {
  const { source: { type = 'memfd' } = {}, access: { mode = 'private' } = {} } = memoryBacking ?? {}
  if (type !== 'memfd' && type !== 'anonymous')
    complain(reading, 'memoryBacking.source.type', `memory in a '${type}' is not supported`, "type='memfd'")
  if (mode !== 'shared' && mode !== 'private')
    complain(
      reading,
      'memoryBacking.access.mode',
      `access '${mode}' is unknown`,
      "mode='shared' or 'private'",
    )
  return mode === 'shared' ? true : undefined
}

export function filesystemData(share: ShareSpec, isLive: boolean): FilesystemData {
  const { path, tag, kind, isReadOnly, isMapped, kept } = share
  const data: FilesystemData = {
    type: 'mount',
    accessmode: kind === 'virtiofs' ? 'passthrough' : isMapped === true ? 'mapped' : 'squash',
    driver: { type: kind === 'virtiofs' ? 'virtiofs' : 'path' },
    source: { dir: path },
    target: { dir: tag },
    ...given({
      readonly: isReadOnly === true ? {} : undefined,
      alias: isLive ? { name: shareId(share) } : undefined,
    }),
  }
  return withKept(FILESYSTEM_ELEMENT, data, kept)
}

export const memoryBackingData = (isShared: true | undefined): DomainData['memoryBacking'] =>
  isShared === true ? { source: { type: 'memfd' }, access: { mode: 'shared' } } : undefined
