/** Whether a client is still there: asked after a while in which nothing came from it. Any packet is an answer. */

/** As stock libvirtd has it by default. */
const INTERVAL_MS = 5000
const MOST_UNANSWERED = 5

export interface Keepalive {
  /** The client knows how to answer. */
  readonly begin: () => void
  readonly heard: () => void
  readonly end: () => void
}

export function watchKeepalive(ask: () => void, giveUp: () => void, intervalMs = INTERVAL_MS): Keepalive {
  let timer: NodeJS.Timeout | undefined
  let unanswered = 0
  return {
    begin: () => {
      timer ??= setInterval(() => {
        if (unanswered >= MOST_UNANSWERED) giveUp()
        else ask()
        unanswered++
      }, intervalMs).unref()
    },
    heard: () => {
      unanswered = 0
      timer?.refresh()
    },
    end: () => {
      clearInterval(timer)
    },
  }
}
