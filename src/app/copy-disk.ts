/** New disks that begin as copies: of another disk, or of an image from elsewhere. */
import { WeftError } from '../core/errors.ts'
import { diskPath, type DiskFormat } from '../core/storage/disk.ts'
import { copyKeySteps } from '../core/storage/disk-key.ts'
import { cloneFilling, convertFilling, planDiskFill, type Filling } from '../core/storage/plan-disk.ts'
import { nameProblems } from '../core/storage/problems.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { formatOf, getActivePool, getDisk, listDisks, trustedFormat } from './disk-images.ts'
import { refuseProblems, withSpaceErrors } from './disks.ts'
import { encrypted, refuseEncrypted } from './refuse-encrypted.ts'
import { refuseRunning, refuseWithoutQemuImg } from './refuse-disk.ts'
import type { App } from './ports.ts'

export interface NewDisk {
  readonly name: string
  /** Of the file in the pool, where it is another than name and format make. */
  readonly file?: string
  readonly format?: DiskFormat
  readonly pool?: string
}

/** Formats that are read only when somebody says so: some of them name other files, which would be read too. */
export const IMPORT_FORMATS = ['qcow2', 'raw', 'vmdk', 'vdi', 'vhdx', 'vpc', 'qed'] as const
export type ImportFormat = (typeof IMPORT_FORMATS)[number]

export function cloneDisk(
  app: App,
  source: string,
  wanted: NewDisk,
  request: ChangeRequest,
): Promise<Changed<'cloned'>> {
  return app.queue.run(`disk:${source}`, async () => {
    const from = await getDisk(app, source)
    refuseRunning(app, from)
    const read = await trustedFormat(app, from)
    const format = wanted.format ?? read
    const pool = wanted.pool ?? from.pool
    if (format !== read) refuseEncrypted([from], 'written anew in another format')
    // A header may name what the disk begins with by its place beside it: in another directory that leads nowhere.
    const isMoved = from.backing !== undefined && pool !== from.pool
    if (isMoved) refuseEncrypted([from], 'cloned to another pool while it begins with another one')
    const filling = isMoved
      ? convertFilling(from.path, read, { name: wanted.name, format })
      : cloneFilling({ ...from, format: read }, wanted.name, format)
    const title = `clone disk '${source}' to '${wanted.name}'`
    const key = from.isEncrypted === true ? { keyOf: from.path } : {}
    return makeDisk(app, { title, result: 'cloned', filling, ...key }, { ...wanted, format, pool }, request)
  })
}

/** `path` is read as QEMU's user, so that nobody gets at a file through weftd that a machine could not have. */
export async function importDisk(
  app: App,
  image: { readonly path: string; readonly format?: ImportFormat },
  wanted: NewDisk,
  request: ChangeRequest,
): Promise<Changed<'imported'>> {
  const { path } = image
  if (!path.startsWith('/'))
    throw new WeftError('invalid-argument', `'${path}' is not an absolute path`, { hint: 'begin it with /' })
  const file = await app.host.inspectFile(path)
  if (file === undefined || file.isDirectory)
    throw new WeftError('not-found', `there is no file '${path}'`, { hint: `ls -l ${path}` })
  const user = app.facts.qemuUser.name
  if (!file.qemuMayRead)
    throw new WeftError('not-permitted', `user '${user}', as whom images are read, may not read '${path}'`, {
      hint: `let that user in: setfacl -m u:${user}:r ${path}`,
    })
  const from = image.format ?? (await formatOf(app, path))
  const isEncrypted = from === 'qcow2' && (await app.images.inspect(path, from))?.isEncrypted === true
  if (isEncrypted) throw encrypted(`'${path}'`, 'read without its key')
  const format = wanted.format ?? 'qcow2'
  const filling = convertFilling(path, from, { name: wanted.name, format })
  const title = `import disk '${wanted.name}'`
  const notes = [`read as ${from}: ${path}`]
  return makeDisk(app, { title, result: 'imported', filling, notes }, { ...wanted, format }, request)
}

interface Making<Result extends string> {
  readonly title: string
  readonly result: Result
  readonly filling: (path: string) => Filling
  readonly notes?: readonly string[]
  /** The disk whose key it has. */
  readonly keyOf?: string
}

async function makeDisk<Result extends string>(
  app: App,
  making: Making<Result>,
  { name, file, format, pool: poolName }: NewDisk & { readonly format: DiskFormat },
  request: ChangeRequest,
): Promise<Changed<Result>> {
  return app.queue.run(`disk:${name}`, async () => {
    const pool = getActivePool(app, poolName)
    const names = (await listDisks(app)).map((disk) => disk.name)
    refuseProblems(name, nameProblems({ name }, { names }))
    refuseWithoutQemuImg(app)
    const disk = { name, path: diskPath(pool, name, format, file) }
    const fill = planDiskFill(making.title, disk, making.filling, { pool, facts: app.facts })
    const key = making.keyOf === undefined ? [] : copyKeySteps(disk, making.keyOf, app.facts)
    const plan = { ...fill, steps: [...key, ...fill.steps] }
    const notes = [...(making.notes ?? []), `disk file: ${disk.path}`]
    return withSpaceErrors(disk, () => carryOut(app, request, plan, making.result, notes))
  })
}
