/** Volumes that are made and changed: the use cases of disks, in libvirt's words. */
import { wipeDisk } from '../../app/care-disk.ts'
import { cloneDisk } from '../../app/copy-disk.ts'
import { createDisk, deleteDisk, resizeDisk } from '../../app/disks.ts'
import { DISK_FORMATS, diskOfFile, type DiskDraft, type DiskFormat } from '../../core/storage/disk.ts'
import type { CallName } from '../wire/procedures.ts'
import type { PoolHandle, VolumeHandle } from '../wire/types.ts'
import { readVolumeXml, type VolumeText } from '../xml/volume.ts'
import { fail } from './failures.ts'
import { activePoolOf, diskOf, disksOf, diskWord, fileOf, volumeHandle } from './find-storage.ts'
import type { Context, Handlers } from './handler.ts'
import { secretOf, valueOf } from './secrets.ts'

/** virStorageVolCreateFlags. */
const PREALLOCATE_METADATA = 1
/** virStorageVolResizeFlags. */
const BY_AS_MUCH = 2
const SHRINK = 4
/** virStorageVolWipeAlgorithm: zeros. */
const ZERO = 0
const SECTOR = 512

export const VOLUME_HANDLERS = {
  STORAGE_VOL_CREATE_XML: async (context, { pool, xml, flags }) => {
    const { wanted, text } = await readVolume(context, pool, xml, (name) =>
      fail('volumeExists', 'storage', `'${name}'`),
    )
    const { format, file } = wanted
    const isWhole = format === 'raw' && text.allocation === undefined
    const tables = format === 'qcow2' && (flags & PREALLOCATE_METADATA) !== 0
    const room = isWhole ? 'falloc' : tables ? 'metadata' : undefined
    const draft: DiskDraft = {
      ...wanted,
      ...(text.capacity === undefined ? {} : { size: inSectors(text.capacity) }),
      ...backingOf(text),
      ...(room === undefined ? {} : { preallocation: room }),
    }
    await createDisk(context.app, { ...draft, ...(await encryptionOf(context, text)) }, context.change)
    return { vol: await handleByFile(context, pool, file ?? `${wanted.name}.${format}`) }
  },
  STORAGE_VOL_CREATE_XML_FROM: async (context, { pool, xml, clonevol }) => {
    const { app, change } = context
    const from = await diskOf(context, clonevol)
    const { wanted, text } = await readVolume(context, pool, xml, (name) =>
      fail('internal', 'storage', `storage volume name '${name}' already in use.`),
    )
    await cloneDisk(app, await diskWord(app, from), wanted, change)
    const file = wanted.file ?? `${wanted.name}.${wanted.format}`
    const size = inSectors(text.capacity ?? 0)
    const made = await diskOf(context, { pool: pool.name, name: file, key: '' })
    if (size > made.size) await resizeDisk(app, await diskWord(app, made), { size }, change)
    return { vol: volumeHandle(made) }
  },
  STORAGE_VOL_DELETE: async (context, { vol }) => {
    const disk = await diskOf(context, vol)
    await deleteDisk(context.app, await diskWord(context.app, disk), context.change)
    return {}
  },
  STORAGE_VOL_RESIZE: async (context, { vol, capacity, flags }) => {
    const { app, change } = context
    const disk = await diskOf(context, vol)
    const mayShrink = (flags & SHRINK) !== 0
    const by = Number(capacity)
    const wanted = (flags & BY_AS_MUCH) === 0 ? by : disk.size + (mayShrink ? -Math.min(by, disk.size) : by)
    if (wanted < disk.size && !mayShrink)
      throw fail(
        'invalidArgument',
        'storage',
        "Can't shrink capacity below current capacity unless shrink flag explicitly specified",
      )
    await resizeDisk(app, await diskWord(app, disk), { size: inSectors(wanted), mayShrink }, change)
    return {}
  },
  STORAGE_VOL_WIPE: async (context, { vol }) => {
    await wipe(context, vol)
    return {}
  },
  STORAGE_VOL_WIPE_PATTERN: async (context, { vol, algorithm }) => {
    if (algorithm !== ZERO)
      throw fail('unsupported', 'storage', 'volumes are overwritten in one way: --algorithm zero')
    await wipe(context, vol)
    return {}
  },
} as const satisfies Partial<Handlers<Extract<CallName, `STORAGE_VOL_${string}`>>>

async function wipe(context: Context, vol: VolumeHandle): Promise<void> {
  await wipeDisk(context.app, await diskWord(context.app, await diskOf(context, vol)), context.change)
}

interface WantedVolume {
  readonly name: string
  readonly file?: string
  readonly format: DiskFormat
  readonly pool: string
}

async function readVolume(
  context: Context,
  handle: PoolHandle,
  xml: string,
  taken: (name: string) => Error,
): Promise<{ readonly wanted: WantedVolume; readonly text: VolumeText }> {
  const pool = activePoolOf(context, handle)
  const text = await readVolumeXml(xml)
  if ('wrong' in text) throw fail('xml', 'storage', text.wrong)
  const { name } = text
  if ((await disksOf(context.app, pool)).some((disk) => fileOf(disk) === name)) throw taken(name)
  const format = formatNamed(text.format)
  const disk = diskOfFile(name, format)
  if (disk === undefined)
    throw fail(
      'unsupportedConfig',
      'storage',
      `a volume named '${name}' says by its name that it is not ${format}: name it otherwise, or say --format`,
    )
  return { wanted: { ...disk, format, pool: pool.name }, text }
}

/** virStorageFileFormat. */
const FORMATS_OF_LIBVIRT =
  /^(none|raw|dir|bochs|cloop|dmg|iso|vpc|vdi|vhd|ploop|luks|cow|qcow2?|qed|vmdk|extended|auto|fat|unknown)$/

function formatNamed(word: string): DiskFormat {
  const format = DISK_FORMATS.find((each) => each === word)
  if (format === undefined && !FORMATS_OF_LIBVIRT.test(word))
    throw fail('unsupportedConfig', 'storage', `unknown volume format type ${word}`)
  if (format === undefined)
    throw fail('unsupportedConfig', 'storage', `volumes are ${DISK_FORMATS.join(' or ')}, not ${word}`)
  return format
}

function backingOf({ backing }: VolumeText): Pick<DiskDraft, 'backing' | 'backingFormat'> {
  if (backing === undefined) return {}
  const { path, format } = backing
  return { backing: path, ...(format === undefined ? {} : { backingFormat: formatNamed(format) }) }
}

/** Without a secret weft makes a key that nobody has seen. */
async function encryptionOf(
  context: Context,
  { isEncrypted, secret }: VolumeText,
): Promise<{ readonly isEncrypted?: true; readonly key?: string }> {
  if (!isEncrypted) return {}
  if (secret === undefined) return { isEncrypted: true }
  const value = await valueOf(context, secretOf(context, { uuid: secret }))
  return { isEncrypted: true, key: Buffer.from(value).toString('utf8') }
}

const inSectors = (bytes: number): number => Math.ceil(bytes / SECTOR) * SECTOR

async function handleByFile(context: Context, { name }: PoolHandle, file: string): Promise<VolumeHandle> {
  return volumeHandle(await diskOf(context, { pool: name, name: file, key: '' }))
}
