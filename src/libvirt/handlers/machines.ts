/** The life of machines: the use cases, in libvirt's words. */
import { deleteVm } from '../../app/delete-vm.ts'
import { defineVm } from '../../app/define-vm.ts'
import { filesOf, giveFiles } from '../../app/give-files.ts'
import { pauseVm, resetVm, resumeVm } from '../../app/pause-vm.ts'
import { renameVm } from '../../app/rename-vm.ts'
import { discardVm, saveVm } from '../../app/save-vm.ts'
import { autostartVm } from '../../app/set-vm-policy.ts'
import { treeOf } from '../../app/snapshots.ts'
import { rebootVm, stopVm } from '../../app/stop-vm.ts'
import { runVm } from '../../app/transient-vm.ts'
import { undefineVm } from '../../app/undefine-vm.ts'
import { getState } from '../../app/vm-state.ts'
import { killVm, startVm } from '../../app/vms.ts'
import { WeftError } from '../../core/errors.ts'
import { readVmDefinition, type ReadVm } from '../../definition/vm.ts'
import type { CallName } from '../wire/procedures.ts'
import type { DomainHandle } from '../wire/types.ts'
import { fail, tellProblems } from './failures.ts'
import { handleOf, runningMachine, specOf } from './find-machine.ts'
import type { Context, Handlers } from './handler.ts'
import { knownMistake, withKnownMistakes } from './mistakes.ts'

/** virDomainCreateFlags. */
const PAUSED = 1
const FORCE_BOOT = 8
/** virDomainShutdownFlagValues; both, or others: weft's own way. */
const BY_BUTTON = 1
const BY_AGENT = 2
/** virDomainUndefineFlags. */
const WITH_MANAGED_SAVE = 1
const WITH_SNAPSHOTS = 2

export const MACHINE_HANDLERS = {
  DOMAIN_CREATE: async (context, { dom }) => {
    await start(context, dom, 0)
    return {}
  },
  DOMAIN_CREATE_WITH_FLAGS: async (context, { dom, flags }) => {
    const name = await start(context, dom, flags)
    return { dom: handleOf(context, { ...specOf(context, dom), name }) }
  },
  DOMAIN_CREATE_XML: async (context, { xml_desc, flags }) => {
    const given = await readXml(xml_desc)
    const { name } = given.definition
    if (context.app.machines.isRunning(name))
      throw fail('invalid', 'qemu', `domain '${name}' is already active`)
    const request = { ...context.change, paused: (flags & PAUSED) !== 0 }
    await withKnownMistakes('domain', xml_desc, async () => {
      await giveFiles(context.app, filesOf(given), context.change)
      if (await isDefinedSo(context, given)) await startVm(context.app, name, request)
      else await runVm(context.app, given, request)
    })
    return { dom: handleByName(context, name) }
  },
  DOMAIN_DEFINE_XML: (context, { xml }) => define(context, xml),
  // Whether it asks for a check against libvirt's schema or not: what weft does not know is refused anyway.
  DOMAIN_DEFINE_XML_FLAGS: (context, { xml }) => define(context, xml),
  DOMAIN_UNDEFINE: (context, { dom }) => undefine(context, dom, 0),
  DOMAIN_UNDEFINE_FLAGS: (context, { dom, flags }) => undefine(context, dom, flags),

  DOMAIN_DESTROY: (context, { dom }) => destroy(context, dom),
  DOMAIN_DESTROY_FLAGS: (context, { dom }) => destroy(context, dom),
  DOMAIN_SHUTDOWN: (context, { dom }) => shutDown(context, dom),
  DOMAIN_SHUTDOWN_FLAGS: async (context, { dom, flags }) => {
    const name = runningMachine(context, dom)
    const mode = flags === BY_AGENT ? 'agent' : flags === BY_BUTTON ? 'acpi' : undefined
    if (mode === 'agent' && !(await context.app.machines.agent(name)?.isListening()))
      throw fail('agent', 'qemu', 'QEMU guest agent is not connected')
    return shutDown(context, dom, mode)
  },
  DOMAIN_REBOOT: (context, { dom }) => {
    const name = runningMachine(context, dom)
    inBackground(context, name, rebootVm(context.app, name, context.change))
    return {}
  },
  DOMAIN_RESET: async (context, { dom }) => {
    await resetVm(context.app, runningMachine(context, dom), context.change)
    return {}
  },
  DOMAIN_SUSPEND: async (context, { dom }) => {
    const name = runningMachine(context, dom)
    if (getState(context.app, name).state !== 'paused') await pauseVm(context.app, name, context.change)
    return {}
  },
  DOMAIN_RESUME: async (context, { dom }) => {
    const name = runningMachine(context, dom)
    if (getState(context.app, name).state === 'running')
      throw fail('invalid', 'qemu', 'domain is already running')
    await resumeVm(context.app, name, context.change)
    return {}
  },
  DOMAIN_MANAGED_SAVE: async (context, { dom }) => {
    const name = runningMachine(context, dom)
    if (specOf(context, dom).isTransient === true)
      throw fail('invalid', 'qemu', 'cannot do managed save for transient domain')
    await saveVm(context.app, name, context.change)
    return {}
  },
  DOMAIN_MANAGED_SAVE_REMOVE: async (context, { dom }) => {
    const { name } = specOf(context, dom)
    if (context.app.saves.find(name) !== undefined) await discardVm(context.app, name, context.change)
    return {}
  },
  DOMAIN_RENAME: async (context, { dom, new_name }) => {
    if (new_name === null || new_name === '')
      throw fail('invalidArgument', 'qemu', 'new name must not be empty')
    if (context.app.vms.find(new_name) !== undefined)
      throw fail('invalid', 'qemu', `domain with name '${new_name}' already exists`)
    await renameVm(context.app, specOf(context, dom).name, new_name, context.change)
    return { retcode: 0 }
  },
  DOMAIN_SET_AUTOSTART: async (context, { dom, autostart }) => {
    const { name, isTransient } = specOf(context, dom)
    if (isTransient === true) throw fail('invalid', 'qemu', 'cannot set autostart for transient domain')
    await autostartVm(context.app, name, autostart === 0 ? undefined : {}, context.change)
    return {}
  },
} as const satisfies Partial<Handlers<MachineName>>

type MachineName = Extract<CallName, `DOMAIN_${string}`>

type Nothing = Readonly<Record<string, never>>

async function start(context: Context, dom: DomainHandle, flags: number): Promise<string> {
  const { app, change } = context
  const { name } = specOf(context, dom)
  if (app.machines.isRunning(name)) throw fail('invalid', 'qemu', 'domain is already running')
  const paused = (flags & PAUSED) !== 0
  if ((flags & FORCE_BOOT) !== 0 && app.saves.find(name) !== undefined) await discardVm(app, name, change)
  await giveFiles(app, specOf(context, dom), change)
  await startVm(app, name, { ...change, paused })
  return name
}

async function define(context: Context, xml: string): Promise<{ dom: DomainHandle }> {
  const given = await readXml(xml)
  await withKnownMistakes('domain', xml, () =>
    defineVm(context.app, { ...given, mayLackFiles: true }, context.change),
  )
  return { dom: handleByName(context, given.definition.name) }
}

/** What is defined with the very same words is started as it is, and stays. */
async function isDefinedSo({ app, change }: Context, given: ReadVm): Promise<boolean> {
  if (app.vms.find(given.definition.name) === undefined) return false
  return (await defineVm(app, given, { ...change, dryRun: true })).result === 'unchanged'
}

async function readXml(xml: string): ReturnType<typeof readVmDefinition> {
  try {
    return await readVmDefinition(xml, undefined)
  } catch (error) {
    if (!(error instanceof WeftError) || error.code !== 'invalid-definition') throw error
    const known = knownMistake('domain', xml, error.problems)
    throw known ?? fail('unsupportedConfig', 'domain', tellProblems(error.problems, 'domain_definition'))
  }
}

function handleByName(context: Context, name: string): DomainHandle {
  const spec = context.app.vms.find(name)
  if (spec === undefined) throw fail('internal', 'qemu', `domain '${name}' has gone again`)
  return handleOf(context, spec)
}

async function undefine(context: Context, dom: DomainHandle, flags: number): Promise<Nothing> {
  const { app, change } = context
  const { name, isTransient } = specOf(context, dom)
  if (isTransient === true) throw fail('invalid', 'qemu', 'cannot undefine transient domain')
  if (app.saves.find(name) !== undefined) {
    if ((flags & WITH_MANAGED_SAVE) === 0)
      throw fail('invalid', 'qemu', 'Refusing to undefine while domain managed save image exists')
    await discardVm(app, name, change)
  }
  const count = treeOf(app, name).snapshots.length
  if (count > 0 && (flags & WITH_SNAPSHOTS) !== 0 && !app.machines.isRunning(name)) {
    await deleteVm(app, name, { ...change, force: true })
    return {}
  }
  if (count > 0)
    throw fail('invalid', 'qemu', `cannot delete inactive domain with ${String(count)} snapshots`)
  await undefineVm(app, name, change)
  return {}
}

async function destroy(context: Context, dom: DomainHandle): Promise<Nothing> {
  await killVm(context.app, runningMachine(context, dom), context.change)
  return {}
}

/** libvirt presses the button and does not wait for what comes of it. */
function shutDown(context: Context, dom: DomainHandle, mode?: 'acpi' | 'agent'): Nothing {
  const name = runningMachine(context, dom)
  const request = { ...context.change, ...(mode === undefined ? {} : { mode }) }
  inBackground(context, name, stopVm(context.app, name, request))
  return {}
}

/** A guest that does not listen is nobody's fault: the log has it. */
function inBackground({ app }: Context, name: string, work: Promise<unknown>): void {
  work.catch((error: unknown) => {
    app.log?.(`machine '${name}': ${error instanceof Error ? error.message : String(error)}`)
  })
}
