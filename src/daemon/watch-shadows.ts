/** Notices when a VPN, or whoever else, takes addresses of a running network, and when it gives them back: told by `ip monitor`. */
import type { App } from '../app/ports.ts'
import { mayShadow, reportShadows } from '../app/shadows.ts'
import { EVERYTHING, NOTHING } from '../app/touched.ts'
import { gatherer } from './watch-host.ts'

export interface ShadowWatch {
  /** A line of the kernel's monitors. */
  hear(line: string): void
  stop(): void
}

export async function watchShadows(app: App, log: (line: string) => void): Promise<ShadowWatch> {
  const gather = gatherer(({ isLost, networks }) => reportShadows(app, isLost ? undefined : networks), log)
  const leave = app.events.subscribe((event) => {
    if (event.kind === 'network') gather.touch({ ...NOTHING, networks: new Set([event.name]) })
    if (event.kind === 'condition') log(`${event.what}: network '${event.network ?? ''}': ${event.message}`)
  })
  await reportShadows(app)
  return {
    hear(line) {
      if (mayShadow(app, line)) gather.touch(EVERYTHING)
    },
    stop() {
      leave()
      gather.stop()
    },
  }
}
