/** Looks, shows, waits, until somebody has seen enough. On a terminal the table stays where it is. */
import type { Door } from './declare.ts'
import { writeOut } from './output.ts'

/** From the top left corner, over what was there; then whatever is left below it. */
const HOME = '\u001b[H'
const CLEAR_LINE = '\u001b[K'
const CLEAR_BELOW = '\u001b[J'

export interface Sight {
  /** One line of JSON. */
  readonly value: unknown
  readonly text: string
}

interface WatchOptions {
  readonly everyMs: number
  /** Shows the second look, and ends: speeds need two. */
  readonly isOnce?: boolean
}

export async function watch(
  door: Door,
  look: () => Promise<Sight>,
  { everyMs, isOnce = false }: WatchOptions,
): Promise<void> {
  const leave = new AbortController()
  process.once('SIGINT', () => {
    leave.abort()
  })
  const isScreen = door.width !== undefined && !door.isJson && !isOnce
  if (isScreen) writeOut(`\u001b[2J${HOME}`)
  for (let looks = 1; !leave.signal.aborted; looks++) {
    const { value, text } = await look()
    const isShown = !isOnce || looks === 2
    if (isShown && door.isJson) writeOut(`${JSON.stringify(value)}\n`)
    else if (isShown) writeOut(isScreen ? overwrite(text) : isOnce ? text : `${text}\n`)
    if (isOnce && looks === 2) return
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
