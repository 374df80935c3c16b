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
  const begin = async ({ name }: VmSpec): Promise<void> => {
    await startVm(app, name, { by: 'weftd', dryRun: false }).catch((error: unknown) => {
      failures.push(error instanceof Error ? error.message : String(error))
    })
  }
  const waves = inWaves(inOrder(app.vms.list()))
  for (const [place, wave] of waves.entries()) {
    await Promise.all(wave.map(begin))
    const delayMs = 1000 * (wave.at(-1)?.autostart?.delaySeconds ?? 0)
    if (delayMs > 0 && place < waves.length - 1 && !(await wait(delayMs))) break
  }
  return failures
}

/** Those of one order start together, but for the ones that others shall wait for: nobody comes after those in a wave. */
function inWaves(marked: readonly VmSpec[]): VmSpec[][] {
  const waves: VmSpec[][] = []
  for (const vm of marked) {
    const last = waves.at(-1)?.at(-1)
    const follows = last !== undefined && orderOf(last) === orderOf(vm) && !last.autostart?.delaySeconds
    if (follows) waves.at(-1)?.push(vm)
    else waves.push([vm])
  }
  return waves
}

export function inOrder(all: readonly VmSpec[]): VmSpec[] {
  return all
    .filter(({ autostart }) => autostart !== undefined)
    .sort((a, b) => orderOf(a) - orderOf(b) || (a.name < b.name ? -1 : 1))
}

const orderOf = ({ autostart }: VmSpec): number => autostart?.order ?? 0
