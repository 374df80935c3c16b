/** A short text from the web: a list of checksums. Over https it stays on https. */
import { setTimeout as pause } from 'node:timers/promises'
import { WeftError } from '../core/errors.ts'
import type { Patience } from './download.ts'
import { describeCut, downloadFailed, httpGet } from './http-get.ts'

/** Ubuntu's longest list has 10 KiB. */
const LONGEST = 4 * 1024 * 1024

export async function readText(url: string, patience: Patience, signal: AbortSignal): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await readOnce(url, patience, signal)
    } catch (error) {
      if (error instanceof WeftError || signal.aborted) throw error
      if (attempt >= patience.attempts) throw downloadFailed(url, describeCut(error), 'try again later')
      await pause(patience.pauseMs * 2 ** (attempt - 1), undefined, { signal })
    }
  }
}

async function readOnce(url: string, { stallMs }: Patience, signal: AbortSignal): Promise<string> {
  const response = await httpGet(url, { stallMs, signal, staysSecure: true })
  const { statusCode = 0, statusMessage = '' } = response
  const said = `the server answers ${String(statusCode)} ${statusMessage}`.trim()
  if (statusCode >= 500) {
    response.destroy()
    throw new Error(said)
  }
  if (statusCode !== 200) {
    response.destroy()
    throw downloadFailed(url, said, 'the project may have moved it: weft image show NAME')
  }
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > LONGEST)
      throw downloadFailed(url, 'it is too long for a list of checksums', 'try again later')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
