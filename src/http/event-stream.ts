/** What happens, as server-sent events: one message an event, until the reader goes. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Events } from '../app/event-ports.ts'

/** A reader this far behind is let go: it can look and follow again. */
const BACKLOG_LIMIT = 1024 * 1024

export function serveEvents(events: Events, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  response.flushHeaders()
  const leave = events.subscribe((event) => {
    response.write(`data: ${JSON.stringify(event)}\n\n`)
    if (response.writableLength > BACKLOG_LIMIT) response.destroy()
  })
  response.on('close', leave)
  request.on('error', leave)
}
