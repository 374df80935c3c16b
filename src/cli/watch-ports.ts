/** `weft port list --watch`: asks, shows, waits, until somebody has seen enough. On a terminal the table stays where it is. */
import type { PortDetailView } from '../api/views.ts'
import type { Door } from './declare.ts'
import { writeOut } from './output.ts'
import { formatRates, ratePorts } from './views/traffic.ts'

/** From the top left corner, over what was there; then whatever is left below it. */
const HOME = '\u001b[H'
const CLEAR_LINE = '\u001b[K'
const CLEAR_BELOW = '\u001b[J'

interface WatchOptions {
  readonly everyMs: number
  readonly hasNetwork: boolean
}

export async function watchPorts(
  door: Door,
  look: () => Promise<readonly PortDetailView[]>,
  { everyMs, hasNetwork }: WatchOptions,
): Promise<void> {
  const leave = new AbortController()
  process.once('SIGINT', () => {
    leave.abort()
  })
  const isScreen = door.width !== undefined && !door.isJson
  if (isScreen) writeOut(`\u001b[2J${HOME}`)
  let before: readonly PortDetailView[] = []
  while (!leave.signal.aborted) {
    const ports = await look()
    const rated = ratePorts(before, ports)
    before = ports
    if (door.isJson) writeOut(`${JSON.stringify({ at: new Date().toISOString(), ports: rated })}\n`)
    else {
      const table = formatRates(rated, hasNetwork, { width: process.stdout.columns || undefined })
      writeOut(isScreen ? overwrite(table) : `${table}\n`)
    }
    await pause(everyMs, leave.signal)
  }
}

function overwrite(text: string): string {
  return `${HOME}${text.replaceAll('\n', `${CLEAR_LINE}\n`)}${CLEAR_BELOW}`
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) done()
  })
}
