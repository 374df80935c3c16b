/** One GET over http or https: redirects followed, the proxy of the environment used, and no patience with a server that says nothing. */
import type { IncomingMessage } from 'node:http'
import { WeftError } from '../core/errors.ts'

// The ESM facades of both would load undici: 13 MB.
const http = process.getBuiltinModule('node:http')
const https = process.getBuiltinModule('node:https')

const MOST_REDIRECTS = 10
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

export interface GetOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Without a byte for so long, the connection is given up. */
  readonly stallMs: number
  readonly signal?: AbortSignal
  /** What was asked for over https is not taken over http. */
  readonly staysSecure: boolean
}

/** The answer, whatever its status. Rejects with what the network said; a refusal is a WeftError. */
export async function httpGet(url: string, options: GetOptions): Promise<IncomingMessage> {
  let at = url
  for (let hops = 0; hops <= MOST_REDIRECTS; hops += 1) {
    const response = await getOnce(at, options)
    const { statusCode = 0, headers } = response
    if (!REDIRECTS.has(statusCode) || headers.location === undefined) return response
    response.destroy()
    const next = new URL(headers.location, at).href
    if (options.staysSecure && at.startsWith('https:') && !next.startsWith('https:'))
      throw downloadFailed(url, `it leads to '${next}', which anybody on the way could change`)
    at = next
  }
  throw downloadFailed(url, `it leads from address to address, ${String(MOST_REDIRECTS)} times`)
}

export function downloadFailed(url: string, why: string, hint?: string): WeftError {
  return new WeftError('download-failed', `'${url}' could not be fetched`, {
    details: [['because', why]],
    hint: hint ?? 'what has come is kept: the same command goes on from there',
  })
}

/** What the network says, in words. */
export function describeCut(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  const known: Readonly<Record<string, string>> = {
    ENOTFOUND: 'its name is not known',
    EAI_AGAIN: 'its name cannot be looked up just now',
    ECONNREFUSED: 'nobody listens there',
    ECONNRESET: 'the connection was cut',
    ETIMEDOUT: 'nobody answers there',
  }
  return known[code ?? ''] ?? (message === 'aborted' ? 'the connection was cut' : message)
}

function getOnce(url: string, options: GetOptions): Promise<IncomingMessage> {
  const isSecure = url.startsWith('https:')
  if (!isSecure && !url.startsWith('http:'))
    throw downloadFailed(url, 'weft speaks http and https', 'weft image import FILE takes a file')
  return new Promise((resolve, reject) => {
    const { headers = {}, signal, stallMs } = options
    const settings = {
      // Connections are not kept, and a proxy is one that the environment of weftd names.
      agent: isSecure
        ? new https.Agent({ proxyEnv: process.env })
        : new http.Agent({ proxyEnv: process.env }),
      headers: { 'user-agent': 'weft', accept: '*/*', ...headers },
      ...(signal === undefined ? {} : { signal }),
    }
    const request = isSecure ? https.get(url, settings) : http.get(url, settings)
    request.setTimeout(stallMs, () => {
      request.destroy(new Error(`not a byte has come for ${String(Math.round(stallMs / 1000))} s`))
    })
    request.on('response', resolve)
    request.on('error', reject)
  })
}
