/** The machines that are marked for it, started in their order when the host has booted and its networks run. */
import type { VmSpec } from '../core/vm/spec.ts'
import type { App } from './ports.ts'
import { startVm } from './vms.ts'

/**
 * Returns a sentence for each machine that could not be started: it keeps nobody else from starting. `wait` answers false when weftd is
 * told to stop meanwhile.
 */
export async function autostartVms(app: App, wait: (ms: number) => Promise<boolean>): Promise<string[]> {
  const failures: string[] = []
  const marked = inOrder(app.vms.list())
  for (const [place, { name, autostart }] of marked.entries()) {
    await startVm(app, name, { by: 'weftd', dryRun: false }).catch((error: unknown) => {
      failures.push(error instanceof Error ? error.message : String(error))
    })
    const delayMs = 1000 * (autostart?.delaySeconds ?? 0)
    if (delayMs > 0 && place < marked.length - 1 && !(await wait(delayMs))) break
  }
  return failures
}

export function inOrder(all: readonly VmSpec[]): VmSpec[] {
  return all
    .filter(({ autostart }) => autostart !== undefined)
    .sort((a, b) => (a.autostart?.order ?? 0) - (b.autostart?.order ?? 0) || (a.name < b.name ? -1 : 1))
}
