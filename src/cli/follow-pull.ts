/** How far an image has come, on a terminal only: weftd's events as one line that writes itself anew. */
import { formatDuration, formatSize } from '../core/size.ts'
import { told } from './ask.ts'
import type { Door } from './declare.ts'
import { isTerminal } from './output.ts'

interface Progress {
  readonly name: string
  readonly received: number
  readonly total: number | null
}

/** Returns the way to stop. */
export async function followPull(door: Door): Promise<() => void> {
  if (door.isJson || door.isDryRun || !isTerminal(2)) return () => undefined
  const { followEvents } = await import('../api/streams.ts')
  const leave = new AbortController()
  let began: { readonly at: number; readonly received: number } | undefined
  const hear = (event: unknown): void => {
    const { kind, what } = event as { kind?: string; what?: string }
    if (kind !== 'image' || what !== 'pulling') return
    const progress = event as Progress
    began ??= { at: Date.now(), received: progress.received }
    told.line = describeProgress(progress, (Date.now() - began.at) / 1000, began.received)
  }
  // Without events the seconds are counted, as for everything else.
  followEvents(door.connection, hear, leave.signal).catch(() => undefined)
  return () => {
    leave.abort()
    delete told.line
  }
}

/** `debian-12: 123 MiB of 333 MiB, 37 %, 12 MiB/s, 18 s left`. */
export function describeProgress({ name, received, total }: Progress, seconds: number, from: number): string {
  const speed = seconds < 1 ? 0 : (received - from) / seconds
  const parts = [
    total === null ? formatSize(received) : `${formatSize(received)} of ${formatSize(total)}`,
    ...(total === null || total === 0 ? [] : [`${String(Math.floor((received / total) * 100))} %`]),
    ...(speed === 0 ? [] : [`${formatSize(speed)}/s`]),
    ...(speed === 0 || total === null ? [] : [`${formatDuration(((total - received) / speed) * 1000)} left`]),
  ]
  return `${name}: ${parts.join(', ')}`
}
