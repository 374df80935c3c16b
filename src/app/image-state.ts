/** Images as they are here: which there are, what they are used by, and finding one by its name. */
import { WeftError } from '../core/errors.ts'
import { findEntry, type CatalogueEntry } from '../core/image/catalogue.ts'
import { imagePath, SHORT_DIGEST, type ImageRecord } from '../core/image/image.ts'
import { someOf } from './find-network.ts'
import { listDisks } from './disk-images.ts'
import type { App } from './ports.ts'

export interface ImageState {
  readonly record: ImageRecord
  readonly path: string
  /** `machine web`, `disk web`: what would be broken without it. */
  readonly users: readonly string[]
}

/** Deeper chains are nobody's intention. */
const LONGEST_CHAIN = 64

export async function listImages(app: App): Promise<ImageState[]> {
  const users = await usersByFile(app)
  return app.imageRecords.list().map((record) => {
    const path = imagePath(app.facts.paths, record.digest)
    return { record, path, users: [...(users.get(path) ?? [])] }
  })
}

/** Of the catalogue, what is not here. */
export async function listAvailable(app: App): Promise<CatalogueEntry[]> {
  return (await app.catalogue()).filter(({ name }) => findImage(app, name) === undefined)
}

/** One that is here, or that could be. Throws not-found. */
export async function showImage(app: App, word: string): Promise<ImageState | CatalogueEntry> {
  const entry = findImage(app, word) === undefined ? findEntry(await app.catalogue(), word) : undefined
  if (entry !== undefined && findImage(app, entry.name) === undefined) return entry
  const { digest } = getImage(app, entry?.name ?? word)
  const found = (await listImages(app)).find(({ record }) => record.digest === digest)
  if (found === undefined) throw new WeftError('not-found', `image '${word}' has just been deleted`)
  return found
}

/** By name, or by the first digits of its digest. */
export function findImage(app: App, word: string): ImageRecord | undefined {
  const named = app.imageRecords.list().find(({ names }) => names.includes(word))
  if (named !== undefined || !/^[0-9a-f]+$/.test(word) || word.length < SHORT_DIGEST) return named
  return app.imageRecords.list().find(({ digest }) => digest.startsWith(word))
}

/** Throws not-found. */
export function getImage(app: App, word: string): ImageRecord {
  const record = findImage(app, word)
  if (record !== undefined) return record
  const names = app.imageRecords.list().flatMap((each) => each.names)
  throw new WeftError('not-found', `there is no image '${word}' here`, {
    hint: names.length === 0 ? 'weft image list --available' : `weft image list (it shows ${someOf(names)})`,
  })
}

/** What every file is used by, as a disk, as a CD, or as what a disk started from. */
async function usersByFile(app: App): Promise<Map<string, Set<string>>> {
  const users = new Map<string, Set<string>>()
  const follow = async (first: string, user: string): Promise<void> => {
    let path: string | undefined = first
    for (let depth = 0; path !== undefined && depth < LONGEST_CHAIN; depth += 1) {
      users.set(path, (users.get(path) ?? new Set()).add(user))
      path = (await app.images.inspect(path).catch(() => undefined))?.backing
    }
  }
  for (const disk of await listDisks(app)) await follow(disk.path, `disk ${disk.name}`)
  for (const { name, disks, cdroms } of app.vms.list()) {
    for (const { path } of [...disks, ...cdroms])
      if (path !== undefined) await follow(path, `machine ${name}`)
  }
  return users
}
