/** What has come of a file so far, and a note beside it of where it came from. */
import { readFile, rm, stat, writeFile } from 'node:fs/promises'

export interface PartNote {
  readonly url: string
  /** For If-Range: an ETag, or a date. */
  readonly validator?: string
}

const noteFile = (part: string): string => `${part}.json`

/** Bytes that are there and belong to this URL. */
export async function haveOfPart(part: string, url: string): Promise<number> {
  const note = await notePart(part)
  if (note?.url !== url) return 0
  return (await stat(part).catch(() => undefined))?.size ?? 0
}

/** Reads the note, or writes it. */
export async function notePart(part: string, note?: PartNote): Promise<PartNote | undefined> {
  if (note !== undefined) {
    await writeFile(noteFile(part), JSON.stringify(note), { mode: 0o600 })
    return note
  }
  try {
    const { url, validator } = JSON.parse(await readFile(noteFile(part), 'utf8')) as Partial<PartNote>
    if (typeof url !== 'string') return undefined
    return { url, ...(typeof validator === 'string' ? { validator } : {}) }
  } catch {
    // Cut off while it was written: what is there is not trusted.
    return undefined
  }
}

export async function forgetPart(part: string): Promise<void> {
  await rm(part, { force: true })
  await rm(noteFile(part), { force: true })
}
