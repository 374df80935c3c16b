/** The directory of hooks, as libvirt has one: executables that are told what happens, and may forbid it. */
import { accessSync, constants, readdirSync, statSync } from 'node:fs'
import type { App } from '../app/ports.ts'
import type { Hooks } from '../app/hook-ports.ts'
import { hookAction } from '../core/plan/hook.ts'

export function findHooks(directory: string): Hooks {
  return {
    scripts: (subject) => {
      const main = `${directory}/${subject}`
      return [main, ...entriesOf(`${main}.d`)].filter(isProgram)
    },
    networkText: async (spec) => (await import('../libvirt/xml/network.ts')).formatNetworkXml(spec),
    machineText: async (spec, around) =>
      (await import('../libvirt/xml/domain/domain.ts')).formatDomainXml(spec, around),
  }
}

/** As libvirt has it, nothing becomes of how they end but a line in the log. */
export async function tellDaemonHooks(
  app: App,
  [operation, stage, extra]: readonly [operation: string, stage: string, extra: string],
): Promise<void> {
  for (const script of app.hooks?.scripts('daemon') ?? []) {
    const argv = [script, '-', operation, stage, extra] as const
    await tried(app, () => app.host.perform({ kind: 'run', argv: [...argv] }))
  }
}

/** Machines that run already when weftd starts. */
export async function tellOfRunning(app: App, names: readonly string[]): Promise<void> {
  if (app.hooks === undefined || app.hooks.scripts('qemu').length === 0) return
  const [{ machineCall }, { readLive }] = await Promise.all([
    import('../app/hooks.ts'),
    import('../app/vm-state.ts'),
  ])
  for (const name of names) {
    const live = await readLive(app, name)
    const call = live === undefined ? undefined : await machineCall(app, live)
    if (call === undefined) continue
    for (const script of call.scripts)
      await tried(app, () => app.host.perform(hookAction(script, call, ['reconnect', 'begin'])))
  }
}

async function tried(app: App, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const details = error instanceof Error && 'details' in error ? JSON.stringify(error.details) : ''
    app.log?.(`a hook failed: ${error instanceof Error ? error.message : String(error)} ${details}`)
  }
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => !name.startsWith('.'))
      .sort()
      .map((name) => `${directory}/${name}`)
  } catch {
    return []
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
