/** Changes to the host's own network that wait for a confirmation, and whose guard has died: weftd takes them back in its place. */
import { guardFiles } from '../core/host/uplink/guard-files.ts'
import { run } from '../core/plan/action.ts'
import type { App } from './ports.ts'

async function takeBackUnguarded(app: App): Promise<string[]> {
  const said: string[] = []
  for (const { name, uplink, state, isGuarded } of await app.host.guards()) {
    if (state !== 'waits' || isGuarded) continue
    said.push(`nobody guards the change of '${uplink}' that waits to be confirmed: it is taken back`)
    await app.host.perform(run('sh', guardFiles(app.facts.paths, name).script, 'now'))
  }
  return said
}

/** When weftd begins: what nobody guards is taken back at once, what waits is looked at again when its time has come. */
export async function lookAfterGuards(app: App): Promise<string[]> {
  const said = await takeBackUnguarded(app)
  for (const { state, endsAtMs } of await app.host.guards())
    if (state === 'waits' && endsAtMs !== undefined)
      watchGuards(app, Math.max(0, (endsAtMs - app.chance.now().getTime()) / 1000))
  return said
}

/** The guard counts by itself: a moment later it has done its work, or somebody has killed it. */
const GRACE_MS = 3000

/** A guard that dies while weftd lives is missed when its time has come. */
export function watchGuards(app: App, seconds: number): void {
  setTimeout(
    () => {
      takeBackUnguarded(app).then(
        (said) => {
          for (const line of said) app.log?.(line)
        },
        (error: unknown) => app.log?.(`could not take back: ${String(error)}`),
      )
    },
    seconds * 1000 + GRACE_MS,
  ).unref()
}
