/** Pools and volumes in libvirt's XML, and the UUIDs that libvirt wants of pools. */
import type { DiskState } from '../../app/disk-images.ts'
import type { PoolSpec } from '../../core/storage/pool.ts'
import { readOnce } from '../../core/host/read-once.ts'
import { DISK_FORMATS } from '../../core/storage/disk.ts'
import { escapeXml } from '../xml/element-shape.ts'
import { POOL_TYPES } from '../xml/pool.ts'
import type { FileOwner } from './handler.ts'

/**
 * Of a pool that nobody has given one it is made of name and directory, always the same one. FNV-1a, four times with another beginning;
 * marked as made from a name (RFC 9562, version 8).
 */
export const poolUuid = readOnce(({ name, path, uuid }: PoolSpec): string => {
  if (uuid !== undefined) return uuid
  const hex = [1, 2, 3, 4].map((seed) => hash(`${String(seed)} ${name} ${path}`)).join('')
  const marked = `${hex.slice(0, 12)}8${hex.slice(13, 16)}8${hex.slice(17)}`
  return [
    marked.slice(0, 8),
    marked.slice(8, 12),
    marked.slice(12, 16),
    marked.slice(16, 20),
    marked.slice(20),
  ].join('-')
})

function hash(text: string): string {
  let value = 0x811c9dc5
  for (const char of text) value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193)
  return (value >>> 0).toString(16).padStart(8, '0')
}

export interface PoolLook {
  readonly total: number
  readonly free: number
  readonly owner: FileOwner | undefined
}

/** `look`: absent for one that is not looked into. */
export function poolXml(pool: PoolSpec, look?: PoolLook): string {
  const { total, free, owner } = look ?? { total: 0, free: 0 }
  return `<pool type='dir'>
  <name>${escapeXml(pool.name)}</name>
  <uuid>${poolUuid(pool)}</uuid>
  <capacity unit='bytes'>${String(total)}</capacity>
  <allocation unit='bytes'>${String(total - free)}</allocation>
  <available unit='bytes'>${String(free)}</available>
  <source>
  </source>
  <target>
    <path>${escapeXml(pool.path)}</path>
${permissionsXml(owner)}  </target>
</pool>
`
}

function permissionsXml(file: FileOwner | undefined): string {
  if (file === undefined) return ''
  const { mode, owner, group } = file
  return `    <permissions>
      <mode>0${mode.toString(8)}</mode>
      <owner>${String(owner)}</owner>
      <group>${String(group)}</group>
    </permissions>
`
}

export function volumeXml(
  { path, format, size, used, backing }: DiskState,
  owner: FileOwner | undefined,
): string {
  const below =
    backing === undefined
      ? ''
      : `  <backingStore>\n    <path>${escapeXml(backing)}</path>\n  </backingStore>\n`
  return `<volume type='file'>
  <name>${escapeXml(path.slice(path.lastIndexOf('/') + 1))}</name>
  <key>${escapeXml(path)}</key>
  <capacity unit='bytes'>${String(size)}</capacity>
  <allocation unit='bytes'>${String(used)}</allocation>
  <target>
    <path>${escapeXml(path)}</path>
    <format type='${format}'/>
${permissionsXml(owner)}  </target>
${below}</volume>
`
}

/** Directories are the one kind of pool. */
export function poolCapabilitiesXml(): string {
  const rows = POOL_TYPES.map((type) => {
    if (type !== 'dir') return `  <pool type='${type}' supported='no'>\n  </pool>\n`
    const formats = DISK_FORMATS.toReversed().map((format) => `        <value>${format}</value>\n`)
    return `  <pool type='dir' supported='yes'>
    <volOptions>
      <defaultFormat type='raw'/>
      <enum name='targetFormatType'>
${formats.join('')}      </enum>
    </volOptions>
  </pool>
`
  })
  return `<storagepoolCapabilities>\n${rows.join('')}</storagepoolCapabilities>\n`
}
