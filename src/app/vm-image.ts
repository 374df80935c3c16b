/** What a machine that is made from an image begins with: a disk of its own over the image, or the CD and an empty disk. */
import { WeftError } from '../core/errors.ts'
import { imagePath, type ImageRecord } from '../core/image/image.ts'
import type { Step } from '../core/plan/plan.ts'
import type { VmDraft } from '../core/vm/draft.ts'
import type { CdromDevice, DiskDevice, VmImage } from '../core/vm/spec.ts'
import { planNewDisk } from './disks.ts'
import type { ChangeRequest } from './change.ts'
import { findImage, getImage } from './image-state.ts'
import type { App } from './ports.ts'
import { getEntry, pullImage } from './pull-image.ts'

export interface VmBeginning {
  readonly disks: readonly DiskDevice[]
  readonly cdroms: readonly CdromDevice[]
  readonly image?: VmImage
  /** The same unless it is an installer's CD. */
  readonly system?: VmImage
  readonly steps: readonly Step[]
  readonly notes: readonly string[]
}

/** What is needed of an image that has a record, and of one that was named by its path. */
interface Source {
  readonly image: VmImage
  readonly path: string
  readonly kind: ImageRecord['kind']
  readonly size: number
  readonly minimumDisk: number
  readonly isChecked: boolean
}

/** Disks grow as they fill: this is how far. */
const USUAL_DISK = 10 * 1024 ** 3
const SECTOR = 512

/** Outside of the queue of changes: it may have to be fetched, which takes its time. */
export async function findVmImage(
  app: App,
  { image }: VmDraft,
  request: ChangeRequest,
): Promise<Source | undefined> {
  if (image === undefined) return undefined
  if (image.startsWith('/')) return sourceAt(app, image)
  const here = findImage(app, image)
  if (here !== undefined) return sourceOf(app, here, image)
  const { name } = await getEntry(app, image)
  if (findImage(app, name) === undefined) {
    if (request.dryRun)
      throw new WeftError('not-found', `image '${name}' is not here yet, so there is no plan to show`, {
        hint: `weft image pull ${name}; without --dry-run that is done first`,
      })
    await pullImage(app, name, request)
  }
  return sourceOf(app, getImage(app, name), name)
}

export async function planVmImage(
  app: App,
  draft: VmDraft,
  source: Source | undefined,
): Promise<VmBeginning> {
  if (source === undefined) return refuseSizeAlone(draft)
  const size = diskSize(draft, source)
  const backing = source.kind === 'iso' ? {} : { backing: source.path }
  const { wanted, plan } = await planNewDisk(app, { name: draft.name, size, ...backing })
  const inMiB = `${String(Math.round(size / 1024 ** 2))} MiB`
  const unchecked = source.isChecked ? [] : [`the bytes of image '${source.image.name}' were never checked`]
  const given = draft.imageDiskSize === undefined ? [`disk: ${inMiB} at most (--disk 20G changes it)`] : []
  return {
    disks: [{ path: wanted.path, format: wanted.format, bus: 'virtio' }],
    cdroms: source.kind === 'iso' ? [{ path: source.path }] : [],
    image: source.image,
    ...(source.kind === 'disk' ? { system: source.image } : {}),
    steps: plan.steps,
    notes: [...unchecked, ...given],
  }
}

function diskSize(draft: VmDraft, { size, minimumDisk, kind, image }: Source): number {
  const least = Math.ceil(Math.max(kind === 'iso' ? 0 : size, minimumDisk) / SECTOR) * SECTOR
  const wanted = draft.imageDiskSize ?? Math.max(USUAL_DISK, least)
  if (wanted >= least) return wanted
  throw new WeftError('invalid-argument', `image '${image.name}' does not fit on ${String(wanted)} bytes`, {
    hint: `--disk ${String(Math.ceil(least / 1024 ** 3))}G, or leave the size out`,
  })
}

function refuseSizeAlone(draft: VmDraft): VmBeginning {
  if (draft.imageDiskSize === undefined) return { disks: [], cdroms: [], steps: [], notes: [] }
  throw new WeftError('invalid-argument', `machine '${draft.name}' has a disk size, but no image`, {
    hint: 'name what it is made from: --image debian-12; or make a disk first: weft disk create',
  })
}

function sourceOf(app: App, record: ImageRecord, word: string): Source {
  const { digest, kind, size, user, minimumDisk, checked, names } = record
  return {
    image: { name: names[0] ?? word, digest, ...(user === undefined ? {} : { user }) },
    path: imagePath(app.facts.paths, digest),
    kind,
    size,
    minimumDisk: minimumDisk ?? 0,
    isChecked: checked !== undefined,
  }
}

/** A file of somebody's own is read where it is. */
async function sourceAt(app: App, path: string): Promise<Source> {
  const facts = await app.images.inspect(path)
  if (facts === undefined)
    throw new WeftError('not-found', `there is no file '${path}'`, { hint: `ls -l ${path}` })
  const kind = /\.iso$/i.test(path) ? 'iso' : 'disk'
  return { image: { name: path }, path, kind, size: facts.size, minimumDisk: 0, isChecked: true }
}
