/** Keeps true what this host knows of guests' names: after changes, and when guests get addresses. Guests never wait for it. */
import { splitHosts } from '../core/network/naming/hosts-file.ts'
import { planNames, type SeenNames } from '../core/network/naming/plan-names.ts'
import { activeNetworks } from '../core/network/seen.ts'
import { executePlan } from './execute-plan.ts'
import { HOST_QUEUE } from './find-network.ts'
import { lookAtNetworks, otherLiveNetworks } from './live-network.ts'
import type { App } from './ports.ts'

/** What weft wrote last between its marks, by the file: other words there are somebody else's. */
const written = new WeakMap<App, string>()

export function keepHostNames(app: App): Promise<void> {
  return app.queue.run(HOST_QUEUE, async () => {
    try {
      const problem = await keepNames(app)
      app.conditions.report('names', problem === undefined ? [] : [{ network: null, message: problem }])
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      const message = `this host does not find guests by name: ${why}`
      app.conditions.report('names', [{ network: null, message }])
    }
  })
}

async function keepNames(app: App): Promise<string | undefined> {
  const names = await app.host.names()
  if (names.kind === 'none') return undefined
  const seen = await lookAtNetworks(app, await pluggedNetworks(app))
  const plan = planNames(otherLiveNetworks(app, seen, ''), names, seen, app.facts)
  sayWhoChanged(app, names)
  if (plan.steps.length > 0) await executePlan(app, plan, 'weftd')
  if (names.kind !== 'hosts') return undefined
  const now = splitHosts((await app.host.readTextFile(names.file.path)) ?? '')
  written.set(app, now?.lines ?? '')
  if (now !== undefined) return undefined
  return `guests' names are not written to ${names.file.path}: somebody changed the marks around weft's lines; remove those that are left`
}

/** Three hundred idle networks are not looked at for one. */
async function pluggedNetworks(app: App): Promise<string[]> {
  const links = await app.host.links()
  const plugged = new Set(links.flatMap(({ master }) => master ?? []))
  return activeNetworks({ links: links.filter(({ name }) => plugged.has(name)), borrowed: [] })
}

function sayWhoChanged(app: App, names: SeenNames): void {
  const before = written.get(app)
  if (names.kind !== 'hosts' || before === undefined) return
  const found = splitHosts(names.file.text)
  if (found === undefined || (found.lines ?? '') === before) return
  app.log?.(`somebody changed weft's lines in ${names.file.path}: they are as weft writes them again`)
}
