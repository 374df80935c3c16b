/** A file from the web: resumed where it was cut, checked while it comes, and never there by halves under its own name. */
import type { IncomingMessage } from 'node:http'
import { open, rm, truncate } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { WeftError } from '../core/errors.ts'
import type { Checksum } from '../core/image/image.ts'
import { digestFile, digesting, refuseWrong, type Digests } from './digest.ts'
import { describeCut, downloadFailed, httpGet } from './http-get.ts'
import { forgetPart, haveOfPart, notePart, type PartNote } from './part.ts'
import { refuseWithoutSpace, spaceError } from './space.ts'

export interface Patience {
  readonly stallMs: number
  /** After the first failure; twice as long after each that follows without a byte. */
  readonly pauseMs: number
  /** Failures in a row, none of which has brought anything. */
  readonly attempts: number
}

export const USUAL_PATIENCE: Patience = { stallMs: 30_000, pauseMs: 1000, attempts: 5 }

export interface Download {
  readonly url: string
  readonly expected: Checksum | undefined
  /** Where the bytes are gathered; its note stands beside it. */
  readonly part: string
  readonly patience: Patience
  readonly signal: AbortSignal
  readonly onProgress: (received: number, total: number | null) => void
}

export interface Downloaded {
  readonly digests: Digests
  readonly bytes: number
}

type Attempt = { readonly whole: Downloaded } | { readonly cut: string; readonly received: number }

export async function download(order: Download): Promise<Downloaded> {
  const { patience, url } = order
  let best = await haveOfPart(order.part, url)
  for (let failures = 0; ;) {
    const attempt = await tryOnce(order)
    if ('whole' in attempt) return attempt.whole
    failures = attempt.received > best ? 1 : failures + 1
    best = Math.max(best, attempt.received)
    if (failures >= patience.attempts) throw downloadFailed(url, attempt.cut)
    await pause(patience.pauseMs * 2 ** (failures - 1), undefined, { signal: order.signal })
  }
}

async function tryOnce(order: Download): Promise<Attempt> {
  const have = await haveOfPart(order.part, order.url)
  let received = have
  try {
    const response = await ask(order, have)
    const begin = await beginAt(order, response, have)
    if (typeof begin === 'string') return { cut: begin, received: 0 }
    const whole = await gather(order, response, begin, (count) => (received = count))
    return await check(order, whole, begin.have)
  } catch (error) {
    const told = spaceError(error, order.part)
    // What fills the disk is given up: somebody else needs the room now.
    if (told instanceof WeftError && told.code === 'no-space') await forgetPart(order.part)
    if (told instanceof WeftError || order.signal.aborted) throw told
    return { cut: describeCut(told), received }
  }
}

async function ask({ url, part, signal, patience }: Download, have: number): Promise<IncomingMessage> {
  const validator = have === 0 ? undefined : (await notePart(part))?.validator
  // Without a validator the checksum tells in the end whether the two halves belong together.
  const headers = {
    ...(have === 0 ? {} : { range: `bytes=${String(have)}-` }),
    ...(validator === undefined ? {} : { 'if-range': validator }),
  }
  return httpGet(url, { headers, signal, stallMs: patience.stallMs, staysSecure: false })
}

interface Begin {
  /** Bytes that are kept of what was there. */
  readonly have: number
  readonly total: number | null
}

/** Where the answer goes on; text when there has to be another try. */
async function beginAt(order: Download, response: IncomingMessage, have: number): Promise<Begin | string> {
  const { statusCode = 0, headers } = response
  const [, from, all] = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(headers['content-range'] ?? '') ?? []
  if (statusCode === 206 && Number(from) === have)
    return { have, total: all === undefined || all === '*' ? null : Number(all) }
  if (statusCode === 416 && Number(all) === have) return { have, total: have }
  if (statusCode === 206 || statusCode === 416) {
    response.destroy()
    await forgetPart(order.part)
    return `what has come does not fit what is there now (${String(statusCode)})`
  }
  if (statusCode === 200) {
    const length = headers['content-length']
    return { have: 0, total: length === undefined ? null : Number(length) }
  }
  response.destroy()
  const said = `the server answers ${String(statusCode)} ${response.statusMessage ?? ''}`.trim()
  if (statusCode >= 500 || statusCode === 408 || statusCode === 429) return said
  throw downloadFailed(order.url, said, 'weft image show NAME tells where it was looked for')
}

/** To the end of the answer. */
async function gather(
  { part, url, expected, onProgress }: Download,
  response: IncomingMessage,
  { have, total }: Begin,
  onCount: (count: number) => void,
): Promise<Downloaded> {
  await refuseWithoutSpace(part, (total ?? have) - have)
  await notePart(part, noteOf(url, response))
  const file = await open(part, 'a')
  try {
    await truncate(part, have)
    const digest = digesting(expected)
    if (have > 0) await digestFile(part, digest)
    let count = have
    onProgress(count, total)
    if (response.statusCode !== 416) {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        digest.update(chunk)
        await file.appendFile(chunk)
        count += chunk.length
        onCount(count)
        onProgress(count, total)
      }
    }
    if (total !== null && count !== total) throw new Error('the connection was cut')
    return { digests: digest.end(), bytes: count }
  } finally {
    response.destroy()
    await file.close()
  }
}

/** A strong ETag tells two files apart; a date only when the server is as old as its word. */
function noteOf(url: string, { headers }: IncomingMessage): PartNote {
  const { etag } = headers
  const validator = etag !== undefined && !etag.startsWith('W/') ? etag : headers['last-modified']
  return { url, ...(validator === undefined ? {} : { validator }) }
}

/** Two halves that do not fit are one more reason to begin anew; a whole file that is wrong is none. */
async function check({ part, url, expected }: Download, whole: Downloaded, have: number): Promise<Attempt> {
  try {
    refuseWrong(whole.digests, expected, `what '${url}' gave`, 'download-failed')
  } catch (error) {
    await forgetPart(part)
    if (have === 0) throw error
    return { cut: 'it was changed while it came', received: 0 }
  }
  await rm(`${part}.json`, { force: true })
  return { whole }
}
