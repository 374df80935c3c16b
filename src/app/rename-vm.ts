/** A machine gets another name, and everything that goes by its name follows. */
import { WeftError } from '../core/errors.ts'
import { lastingPlan } from '../core/plan/plan.ts'
import { nvramFile } from '../core/host/paths.ts'
import { refuseUnlessAllowed } from '../core/vm/lifecycle.ts'
import { networksOf } from '../core/vm/nics.ts'
import { renameNvramSteps } from '../core/vm/plan-nvram.ts'
import { renameTpmSteps } from '../core/vm/tpm.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { refuseTaken, refuseVmProblems } from './create-vm.ts'
import { planDefinition, planForget } from './definitions.ts'
import { freeSteps, keepAddresses } from './keep-addresses.ts'
import { liveNetwork, lookAtNetworks } from './live-network.ts'
import type { App } from './ports.ts'
import { refuseBackup } from './refuse-job.ts'
import { getState, getVm } from './vm-state.ts'
import { hasTpmState } from './vm-tpm.ts'
import { inTurnOf } from './vm-turn.ts'

export function renameVm(
  app: App,
  name: string,
  to: string,
  request: ChangeRequest,
): Promise<Changed<'renamed'>> {
  return inTurnOf(app, name, async () => {
    const spec = getVm(app, name)
    refuseTaken(app, to)
    refuseUnlessAllowed('rename', name, getState(app, name).state)
    refuseSnapshots(app, name)
    refuseBackup(app, name)
    await refuseNamedByRules(app, name)
    const wanted = { ...spec, name: to }
    const list = (): ReturnType<App['vms']['list']> => app.vms.list().filter((vm) => vm.name !== name)
    const seen = await refuseVmProblems({ ...app, vms: { ...app.vms, list } }, wanted, `machine '${to}'`)

    const keeping = keepAddresses(app, wanted, seen)
    const hasNvram = (await app.host.inspectFile(nvramFile(app.facts.paths, name))) !== undefined
    const plan = lastingPlan(`rename machine '${name}' to '${to}'`, [
      ...(await planDefinition(app, app.vms, wanted, '')).steps,
      ...keeping.steps,
      ...(hasNvram ? renameNvramSteps(name, to, app.facts) : []),
      ...((await hasTpmState(app, name)) ? renameTpmSteps(name, to, app.facts) : []),
      ...(await planForget(app, app.vms, spec, '')).steps,
      // The old name is nobody's at once; the address stays.
      ...freeSteps(app, wanted, keeping.seen),
    ])
    const disks = spec.disks.map(({ path }) => `its disk keeps its name: ${path}`)
    const changed = await carryOut(app, request, plan, 'renamed', disks)
    if (request.dryRun) return changed
    app.restarts.callOff(name)
    for (const each of [name, to]) await app.vms.refresh(each)
    app.events.emit({ kind: 'vm', name: to, what: 'renamed', because: `it was called '${name}'` })
    return changed
  })
}

/** They lie in its disks under its name. */
function refuseSnapshots(app: App, name: string): void {
  const [first] = app.snapshots.find(name)?.snapshots ?? []
  if (first === undefined) return
  throw new WeftError('in-use', `machine '${name}' has snapshots, which go by its name`, {
    hint: `weft snapshot delete ${name} ${first.name}`,
  })
}

/** Who may talk to whom is said by name: it must not come to mean somebody else, or nobody. */
async function refuseNamedByRules(app: App, name: string): Promise<void> {
  const stored = app.networks.list().map(({ spec }) => spec)
  const seen = await lookAtNetworks(app, networksOf(getVm(app, name)))
  const live = networksOf(getVm(app, name)).flatMap((network) => liveNetwork(app, seen, network) ?? [])
  const named = [...stored, ...live].find(({ firewall }) => {
    const { groups = [], guests = [], rules = [] } = firewall ?? {}
    const all = [...rules, ...[...groups, ...guests].flatMap((each) => each.rules)]
    return (
      guests.some((guest) => guest.name === name) ||
      groups.some(({ members }) => members.includes(name)) ||
      all.some(({ peer }) => peer?.kind === 'guest' && peer.name === name)
    )
  })
  if (named === undefined) return
  throw new WeftError('in-use', `rules of network '${named.name}' name machine '${name}'`, {
    hint: `weft rule list ${named.name} shows them: remove them first, and add them for the new name`,
  })
}
