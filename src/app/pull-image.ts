/** Fetching images of the catalogue. The bytes come outside of the queue of changes; only that they are here is a change. */
import { WeftError } from '../core/errors.ts'
import { findEntry, type CatalogueEntry } from '../core/image/catalogue.ts'
import { formatChecksum, type Checksum } from '../core/image/image.ts'
import { findSum } from '../core/image/sums.ts'
import { lastingPlan } from '../core/plan/plan.ts'
import type { Changed, ChangeRequest } from './change.ts'
import { someOf } from './find-network.ts'
import type { Pull, PullResult } from './image-ports.ts'
import { findImage } from './image-state.ts'
import { keepImage } from './images.ts'
import type { App } from './ports.ts'

export interface PullRequest extends ChangeRequest {
  /** Whatever comes is taken; that nobody has checked it is remembered. */
  readonly isUnchecked?: boolean
}

/** What is fetched, and what it is held against. */
interface Target {
  readonly url: string
  readonly expected: Checksum | undefined
  /** Who says so. */
  readonly by: string
}

/** Not more often than somebody could read. */
const TELL_MS = 500

/** Two that pull one image at once wait for the same bytes; whoever leaves last ends it, and what has come is kept. */
export async function pullImage(app: App, word: string, request: PullRequest): Promise<Changed<PullResult>> {
  const entry = await getEntry(app, word)
  if (request.dryRun) return planPull(app, entry, request)
  const pull = joinPull(app, entry, request)
  pull.waiting += 1
  const leave = (): void => {
    pull.waiting -= 1
    if (pull.waiting === 0) pull.giveUp.abort()
  }
  request.left?.addEventListener('abort', leave, { once: true })
  try {
    return await pull.done
  } finally {
    request.left?.removeEventListener('abort', leave)
  }
}

function joinPull(app: App, entry: CatalogueEntry, request: PullRequest): Pull {
  const key = `${entry.name} ${String(request.isUnchecked === true)}`
  const known = app.pulls.get(key)
  if (known?.giveUp.signal.aborted === false) return known
  const giveUp = new AbortController()
  const done = fetchAndKeep(app, entry, request, giveUp.signal).finally(() => {
    if (app.pulls.get(key) === pull) app.pulls.delete(key)
  })
  const pull: Pull = { done, waiting: 0, giveUp }
  // Whoever waits hears of it; nobody may be left when it ends.
  done.catch(() => undefined)
  app.pulls.set(key, pull)
  return pull
}

async function fetchAndKeep(
  app: App,
  entry: CatalogueEntry,
  request: PullRequest,
  signal: AbortSignal,
): Promise<Changed<PullResult>> {
  const { name } = entry
  try {
    const target = await findTarget(app, entry, request, signal)
    if (isHere(app, name, target)) return hereAlready(entry)
    const file = await app.imageFiles.fetch({ ...target, signal, onProgress: teller(app, name) })
    const { title, arch, user, minimumDisk } = entry
    const about = {
      ...{ names: [name], title, arch, from: target.url },
      ...(user === undefined ? {} : { user }),
      ...(minimumDisk === undefined ? {} : { minimumDisk }),
      ...(target.expected === undefined
        ? {}
        : { checked: { checksum: formatChecksum(target.expected), by: target.by } }),
    }
    const changed = await keepImage(app, file, about, { ...request, mayReplace: true })
    app.events.emit({ kind: 'image', name, what: 'pulled' })
    const unchecked = target.expected === undefined ? ['its bytes were held against nothing'] : []
    return {
      ...changed,
      notes: [...changed.notes, ...unchecked],
      result: changed.result === 'kept' ? 'pulled' : 'here-already',
    }
  } catch (error) {
    app.events.emit({ kind: 'image', name, what: 'not-pulled' })
    if (!signal.aborted) throw error
    throw new WeftError('download-failed', `nobody waits for image '${name}' any more`, {
      hint: `weft image pull ${name} goes on with what has come`,
      cause: error,
    })
  }
}

async function findTarget(
  app: App,
  entry: CatalogueEntry,
  { isUnchecked }: PullRequest,
  signal: AbortSignal,
): Promise<Target> {
  const { url, checksum, sums, name } = entry
  if (checksum !== undefined && isUnchecked !== true)
    return { url, expected: checksum, by: entry.source ?? 'the catalogue of weft' }
  if (sums === undefined || (isUnchecked === true && !url.includes('{version}'))) {
    if (isUnchecked === true) return { url, expected: undefined, by: '' }
    throw new WeftError('invalid-argument', `nobody has said what image '${name}' should be`, {
      hint: `put its checksum into ${entry.source ?? 'the catalogue'}; or take what comes: weft image pull ${name} --insecure`,
    })
  }
  const at = url.lastIndexOf('/') + 1
  const found = findSum(await app.imageFiles.readText(sums, signal), url.slice(at))
  if (found === undefined)
    throw new WeftError('download-failed', `the checksums of image '${name}' do not name it`, {
      details: [['looked for', url.slice(at)]],
      hint: `look at ${sums}: the project may have renamed it`,
    })
  const expected = isUnchecked === true ? undefined : found.checksum
  return { url: `${url.slice(0, at)}${found.file}`, expected, by: sums }
}

function isHere(app: App, name: string, { expected }: Target): boolean {
  const checked = findImage(app, name)?.checked
  return expected !== undefined && checked?.checksum === formatChecksum(expected)
}

function hereAlready({ name }: CatalogueEntry): Changed<'here-already'> {
  return { result: 'here-already', notes: [], number: null, plan: lastingPlan(`pull image '${name}'`, []) }
}

/** What would be fetched; whether it is still to be had is not tried. */
async function planPull(app: App, entry: CatalogueEntry, request: PullRequest): Promise<Changed<PullResult>> {
  const target = await findTarget(app, entry, request, request.left ?? new AbortController().signal)
  if (isHere(app, entry.name, target)) return hereAlready(entry)
  const { expected, by, url } = target
  const held = expected === undefined ? 'nothing' : `${formatChecksum(expected)}, said by ${by}`
  const notes = [`would fetch ${url}`, `would hold it against ${held}`]
  return { ...hereAlready(entry), result: 'would-pull', notes }
}

/** Progress as events, for everybody who listens. */
function teller(app: App, name: string): (received: number, total: number | null) => void {
  let last = 0
  return (received, total) => {
    const now = app.chance.now().getTime()
    if (now - last < TELL_MS) return
    last = now
    app.events.emit({ kind: 'image', name, what: 'pulling', received, total })
  }
}

/** Throws not-found. */
export async function getEntry(app: App, word: string): Promise<CatalogueEntry> {
  const catalogue = await app.catalogue()
  const entry = findEntry(catalogue, word)
  if (entry !== undefined) return entry
  const begin = word.split('-')[0] ?? ''
  const near = catalogue.filter(({ name }) => begin !== '' && name.startsWith(begin))
  const names = (near.length > 0 ? near : catalogue).map(({ name }) => name)
  throw new WeftError('not-found', `no image '${word}' is known`, {
    hint: `weft image list --available (it shows ${someOf(names)})`,
  })
}
