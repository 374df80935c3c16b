/** A network of another manager's becomes one of weft's. */
import { WeftError } from '../../core/errors.ts'
import { isActive } from '../../core/network/seen.ts'
import type { StoredNetwork } from '../../core/network/spec.ts'
import { lookAtNetworks } from '../live-network.ts'
import { autostartNetwork, defineNetwork, undefineNetwork } from '../networks.ts'
import type { App } from '../ports.ts'
import type { Take } from './adopt-installation.ts'
import type { FoundNetwork } from '../../core/lab/installation.ts'

export function takeNetwork(found: FoundNetwork): Take {
  const { draft, autostart, notes, isRunning } = found
  return async (app, request) => {
    const { name } = draft
    const before = app.networks.find(name)
    if (before !== undefined) {
      if (await isSame(app, before, found)) return { action: 'keep', what: ['is here already'] }
      await refuseUsed(app, name)
      await undefineNetwork(app, name, request)
    }
    const defined = await defineNetwork(app, draft, request)
    if (autostart) await autostartNetwork(app, name, true, request)
    return {
      action: before === undefined ? 'take' : 'replace',
      what: [
        ...(before === undefined ? [] : [`instead of weft's own '${name}', which nobody used`]),
        ...(autostart ? ['starts with weft'] : []),
        ...notes,
        ...defined.notes,
        ...(isRunning ? [runningNote(name, draft.bridge?.name)] : []),
      ],
    }
  }
}

async function isSame(app: App, before: StoredNetwork, { draft, autostart }: FoundNetwork): Promise<boolean> {
  if (draft.uuid !== undefined && draft.uuid !== before.spec.uuid) return false
  if (autostart !== before.autostart) return false
  const { result } = await defineNetwork(app, draft, { by: 'weftd', dryRun: true })
  return result === 'unchanged'
}

async function refuseUsed(app: App, name: string): Promise<void> {
  const seen = await lookAtNetworks(app, [name])
  const machine = app.vms.list().find((vm) => vm.nics.some(({ network }) => network === name))
  const isUp = isActive(seen, name)
  if (machine === undefined && !isUp) return
  const reason = machine === undefined ? 'it runs' : `machine '${machine.name}' is on it`
  throw new WeftError('already-exists', `weft has another network '${name}' already, and ${reason}`, {
    hint: isUp
      ? `weft net stop ${name}, and once more`
      : `weft nic move, or weft vm delete ${machine?.name ?? ''}, and once more`,
  })
}

const runningNote = (name: string, bridge: string | undefined): string =>
  `it runs there now${bridge === undefined ? '' : ` on ${bridge}`}: virsh -c qemu:///system net-destroy ${name} before weft net start ${name}`
