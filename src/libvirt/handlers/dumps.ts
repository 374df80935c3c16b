/** A look at what a machine has in memory and on its disks, and what becomes of it when its guest ends. */
import { dumpVm, peekMemory } from '../../app/dump-vm.ts'
import { liveOf } from '../../app/live-disks.ts'
import { resetVm } from '../../app/pause-vm.ts'
import { setVmPolicy } from '../../app/set-vm-policy.ts'
import { killVm } from '../../app/vms.ts'
import type { DumpFormat } from '../../core/vm/plan-dump.ts'
import type { EndPolicy } from '../../core/vm/spec.ts'
import type { DomainHandle } from '../wire/types.ts'
import { drivesOf, findDrive } from './drives.ts'
import { fail } from './failures.ts'
import { runningMachine, specOf } from './find-machine.ts'
import type { Context, Handlers } from './handler.ts'
import { impactOf } from './impact.ts'

/** virDomainCoreDumpFlags. A core is of the memory alone whether they say so or not; QEMU holds the machine meanwhile, `live` or not. */
const CRASH = 1
const RESET = 8
/** virDomainCoreDumpFormat; Windows' own is asked of a driver inside the guest. */
const FORMATS: readonly DumpFormat[] = ['elf', 'kdump-zlib', 'kdump-lzo', 'kdump-snappy']
/** virDomainMemoryFlags. */
const ADDRESSES: Readonly<Record<number, 'virtual' | 'physical'>> = { 1: 'virtual', 2: 'physical' }
/** Of a reply. */
const MOST_BYTES = 4_194_304
/** virDomainLifecycle, and virDomainLifecycleAction as far as weft has them. */
const ENDS = ['onPoweroff', 'onReboot', 'onCrash'] as const
const ACTIONS: Readonly<Record<number, EndPolicy>> = { 0: 'destroy', 1: 'restart', 3: 'preserve' }

export const DUMP_HANDLERS = {
  DOMAIN_CORE_DUMP: (context, { dom, to, flags }) => dump(context, dom, { to, format: 'elf' }, flags),
  DOMAIN_CORE_DUMP_WITH_FORMAT: (context, { dom, to, dumpformat, flags }) => {
    const format = FORMATS[dumpformat]
    if (format === undefined)
      throw fail('unsupported', 'qemu', `dump format ${String(dumpformat)} is not one that weft has`)
    return dump(context, dom, { to, format }, flags)
  },
  DOMAIN_MEMORY_PEEK: async (context, { dom, offset, size, flags }) => {
    const address = ADDRESSES[flags]
    if (address === undefined)
      throw fail(
        'invalidArgument',
        'qemu',
        'flags parameter must be VIR_MEMORY_VIRTUAL or VIR_MEMORY_PHYSICAL',
      )
    refuseLarge(size)
    const name = runningMachine(context, dom)
    return { buffer: Buffer.from(await peekMemory(context.app, name, { address, offset, size })) }
  },
  DOMAIN_BLOCK_PEEK: async (context, { dom, path, offset, size }) => {
    refuseLarge(size)
    const spec = specOf(context, dom)
    const live = context.app.machines.isRunning(spec.name) ? await liveOf(context.app, spec.name) : undefined
    const drive = findDrive(drivesOf(live?.spec ?? spec, live), path)
    if (drive?.path === undefined) throw fail('invalidArgument', 'qemu', `invalid disk or path '${path}'`)
    if (drive.format !== 'raw')
      throw fail(
        'unsupportedConfig',
        'qemu',
        `peeking is only supported for disk with 'raw' format not '${drive.format}'`,
      )
    const buffer = await context.app.host.readBytes(drive.path, Number(offset), size)
    if (buffer?.length !== size) throw fail('system', 'qemu', `${drive.path}: failed to seek or read`)
    return { buffer: Buffer.from(buffer) }
  },
  DOMAIN_SET_LIFECYCLE_ACTION: async (context, { dom, type, action, flags }) => {
    const { name, live } = impactOf(context, dom, flags)
    const end = ENDS[type]
    const policy = ACTIONS[action]
    if (live)
      throw fail('unsupported', 'qemu', 'a machine that runs keeps the actions it was started with: --config')
    if (end === undefined || policy === undefined || (end === 'onReboot' && policy === 'preserve'))
      throw fail(
        'unsupported',
        'qemu',
        `weft has no lifecycle action ${String(action)} for this end of a guest`,
      )
    await setVmPolicy(context.app, name, { [end]: policy }, context.change)
    return {}
  },
} as const satisfies Partial<Handlers<DumpName>>

type DumpName =
  | 'DOMAIN_CORE_DUMP'
  | 'DOMAIN_CORE_DUMP_WITH_FORMAT'
  | 'DOMAIN_MEMORY_PEEK'
  | 'DOMAIN_BLOCK_PEEK'
  | 'DOMAIN_SET_LIFECYCLE_ACTION'

async function dump(
  context: Context,
  dom: DomainHandle,
  { to, format }: { readonly to: string; readonly format: DumpFormat },
  flags: number,
): Promise<Readonly<Record<string, never>>> {
  const { app, change } = context
  const name = runningMachine(context, dom)
  if ((flags & CRASH) !== 0 && (flags & RESET) !== 0)
    throw fail('invalidArgument', 'domain', 'crash and reset flags are mutually exclusive')
  await dumpVm(app, name, to, { ...change, format })
  if ((flags & CRASH) !== 0) await killVm(app, name, change)
  if ((flags & RESET) !== 0) await resetVm(app, name, change)
  return {}
}

function refuseLarge(size: number): void {
  if (size > MOST_BYTES)
    throw fail('invalidArgument', 'qemu', `size too large: ${String(size)} > ${String(MOST_BYTES)}`)
}
