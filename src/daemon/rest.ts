/**
 * weftd waits nearly all its life. After work it gives back the memory the work took, once, when nobody has asked anything for a while:
 * V8 alone would keep it until it is asked again.
 */

const QUIET_MS = 3000

export interface Rest {
  /** Something was asked: rest later. */
  touch(): void
  stop(): void
}

export function restAfterWork(): Rest {
  // Only there when started with --expose-gc, as bin/weftd does.
  const collect = (globalThis as { gc?: (options: object) => unknown }).gc
  let timer: NodeJS.Timeout | undefined
  return {
    touch() {
      if (collect === undefined) return
      timer ??= setTimeout(() => {
        timer = undefined
        collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
      }, QUIET_MS).unref()
      timer.refresh()
    },
    stop() {
      clearTimeout(timer)
    },
  }
}
