/** A machine of another manager's becomes one of weft's; its disks stay where they are. */
import { WeftError } from '../../core/errors.ts'
import type { NicDefinition } from '../../core/vm/definition.ts'
import type { ChangeRequest } from '../change.ts'
import { importVm, type GivenDefinition } from '../define-vm.ts'
import type { App } from '../ports.ts'
import type { Take } from './adopt-installation.ts'
import type { FoundMachine } from '../../core/lab/installation.ts'

export function takeMachine(found: FoundMachine): Take {
  return async (app, request) => {
    const { definition, autostart, notes, isRunning } = found
    const { name, uuid } = definition
    const before = app.vms.find(name)
    if (before !== undefined && before.uuid === uuid)
      return { action: 'keep', what: ['is here already, as weft has it'] }
    const kept = await withAddresses(app, found, request)
    await importVm(app, kept.given, request)
    const what = [
      ...(autostart ? ['starts with weft'] : []),
      ...notes,
      ...kept.notes,
      ...(isRunning
        ? [`it runs there now: virsh -c qemu:///system shutdown ${name} before weft vm start ${name}`]
        : []),
    ]
    return { action: 'take', what }
  }
}

interface Kept {
  readonly given: GivenDefinition
  readonly notes: readonly string[]
}

/** Guests find themselves where they were, unless their old address is no longer to be had. */
async function withAddresses(app: App, found: FoundMachine, request: ChangeRequest): Promise<Kept> {
  const { definition, rest, what, autostart, addresses } = found
  const wanted = { ...definition, ...(autostart ? { autostart: {} } : {}) }
  const plain: GivenDefinition = { definition: wanted, rest, what }
  const asked = wanted.nics.map((nic): NicDefinition => {
    const ip = nic.mac === undefined ? undefined : addresses.get(nic.mac)
    return ip === undefined || nic.ip !== undefined ? nic : { ...nic, ip }
  })
  const ips = asked.flatMap(({ ip }, i) => (ip === undefined || ip === wanted.nics[i]?.ip ? [] : [ip]))
  if (ips.length === 0) return { given: plain, notes: [] }
  const given = { ...plain, definition: { ...wanted, nics: asked } }
  try {
    await importVm(app, given, { ...request, dryRun: true })
    return { given, notes: ips.map((ip) => `keeps its address ${ip}`) }
  } catch (error) {
    const isAboutAddresses =
      error instanceof WeftError &&
      error.problems.length > 0 &&
      error.problems.every(({ path }) => path.endsWith('.ip'))
    if (!isAboutAddresses) throw error
    const why = error.problems.map(({ message }) => message).join('; ')
    return { given: plain, notes: [`gets another address than ${ips.join(', ')}: ${why}`] }
  }
}
