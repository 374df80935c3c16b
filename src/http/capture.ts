/** A guest's packets as a stream that lasts until the reader goes: what is wrong is said before it begins, why it ended in a trailer. */
import type { ServerResponse } from 'node:http'
import { captureGuest } from '../app/capture.ts'
import type { GuestCapture } from '../app/capture.ts'
import type { App } from '../app/ports.ts'
import type { QueryOf } from '../api/contract.ts'
import { drained } from './drained.ts'
import type { CheckedRequest } from './read-request.ts'

interface CaptureCall extends CheckedRequest {
  readonly by: string
}

export async function serveCapture(
  { app, log }: { readonly app: App; readonly log: (line: string) => void },
  { params, query, by }: CaptureCall,
  response: ServerResponse,
): Promise<void> {
  const options = query as QueryOf<'capture'>
  const capture = await captureGuest(app, { guest: params['guest'] ?? '', ...options, by })
  response.once('close', capture.stop)
  // The caller may have gone while tcpdump was starting.
  if (response.destroyed) capture.stop()
  else begin(capture, options.format, response)
  await copy(capture, response).catch((error: unknown) => {
    log(`a capture of ${capture.interface} was cut off: ${String(error)}`)
  })
}

function begin(capture: GuestCapture, format: QueryOf<'capture'>['format'], response: ServerResponse): void {
  response.writeHead(200, {
    'content-type': format === 'text' ? 'text/plain; charset=utf-8' : 'application/vnd.tcpdump.pcap',
    'cache-control': 'no-store',
    'x-weft-interface': capture.interface,
    'x-weft-others': capture.others.map(encodeURIComponent).join(' '),
    trailer: 'X-Weft-End',
  })
  response.flushHeaders()
}

/** A reader that is slow makes the kernel drop packets, and nothing pile up here. */
async function copy(capture: GuestCapture, response: ServerResponse): Promise<void> {
  try {
    for await (const bytes of capture.packets) {
      if (response.destroyed) break
      if (!response.write(bytes)) await drained(response)
    }
  } finally {
    capture.stop()
  }
  if (response.destroyed) return
  response.addTrailers({ 'X-Weft-End': JSON.stringify(await capture.ended) })
  response.end()
}
