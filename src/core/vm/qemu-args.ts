/** The command line of a machine: everything QEMU is told, in an order that reads from the whole to the details. */
import { bootIndexes } from './boot-order.ts'
import { deviceArgs } from './qemu-devices.ts'
import { vmFiles, type VmContext } from './context.ts'
import { hostDeviceArgs } from './host-devices.ts'
import { firmwareArgs, firmwareMachineWords } from './firmware.ts'
import { actionArgs, panicArgs } from './end-policy.ts'
import { displayArgs, displayChannelArgs } from './qemu-display.ts'
import { FIRST_FD } from './qemu-process.ts'
import { keyArgs } from './qemu-disks.ts'
import { fixedPlace, SEED_SLOT, slotPlace, virtioDriver } from './qemu-topology.ts'
import { smbiosArgs } from './smbios.ts'
import { cpuArgs, memoryArgs, memoryDeviceArgs, sharedMemoryWords } from './qemu-size.ts'
import { escapeCommas } from './qemu-value.ts'
import { clockWord } from './guest-clock.ts'
import { shareArgs } from './shares.ts'
import { tpmArgs } from './tpm.ts'
import { withSlots } from './slots.ts'
import type { VmSpec } from './spec.ts'

/** As QEMU calls the host's end of the agent's channel. */
export const AGENT_CHARDEV = 'agent'
/** As it calls the guest's end: of a port without a name it does not tell that somebody has opened it. */
export const AGENT_PORT = 'agent0'

export function qemuArgv(wanted: VmSpec, context: VmContext): [string, ...string[]] {
  const spec = withSlots(wanted)
  return [
    'qemu-system-x86_64',
    ...machineArgs(spec, context),
    ...firmwareArgs(spec, context.facts),
    ...kernelArgs(spec, context),
    ...keyArgs(spec, context.facts.paths),
    ...deviceArgs(
      spec,
      { netdevs: netdevsOf(context), mtus: context.mtus ?? [], ...asBefore(context) },
      bootIndexes(spec),
    ),
    ...shareArgs(spec, context.facts),
    ...hostDeviceArgs(spec, context),
    ...seedArgs(spec, context),
    ...channelArgs(spec, context),
    ...memoryDeviceArgs(spec),
    ...tpmArgs(spec, context.facts),
    ...panicArgs(spec),
    ...actionArgs(spec),
    ...PROCESS_ARGS,
  ]
}

const asBefore = ({
  lastSlot,
  romless,
  controllers,
}: VmContext): Pick<VmContext, 'lastSlot' | 'romless' | 'controllers'> => ({
  ...(lastSlot === undefined ? {} : { lastSlot }),
  ...(romless === undefined ? {} : { romless }),
  ...(controllers === undefined ? {} : { controllers }),
})

/** QEMU opens a TAP by its name, and finds a macvtap open. */
function netdevsOf({ taps, macvtaps = [] }: VmContext): string[] {
  return taps.map((tap) => {
    const place = macvtaps.indexOf(tap)
    return place < 0 ? `ifname=${tap},script=no,downscript=no` : `fd=${String(FIRST_FD + place)}`
  })
}

/**
 * `graphics=off` makes the BIOS and a boot loader speak on the serial port, where the console is. A microvm has its clock with KVM too,
 * where QEMU would leave it out.
 */
function machineArgs(spec: VmSpec, { acceleration, machineType, facts }: VmContext): string[] {
  const args = ['-name', `guest=${escapeCommas(spec.name)}`, '-uuid', spec.uuid]
  const clock = spec.machine === 'microvm' ? ',rtc=on' : ''
  args.push(
    '-machine',
    `${machineType ?? spec.machineVersion ?? spec.machine},accel=${acceleration.kind},graphics=off${clock}${firmwareMachineWords(spec)}${sharedMemoryWords(spec)}`,
  )
  args.push('-cpu', spec.cpuModel ?? (acceleration.kind === 'kvm' ? 'host' : 'max'))
  args.push(...cpuArgs(spec), ...memoryArgs(spec))
  args.push('-no-user-config', '-nodefaults', '-rtc', `base=${spec.clock ?? 'utc'}`)
  args.push(...smbiosArgs(spec.smbios))
  args.push(...displayArgs(spec, facts.paths), '-boot', 'strict=on')
  return args
}

function kernelArgs({ kernel }: VmSpec, { acceleration: { clockKHz } }: VmContext): string[] {
  if (kernel === undefined) return []
  const initrd = kernel.initrd === undefined ? [] : ['-initrd', kernel.initrd]
  const append = [kernel.append, clockWord(kernel.append, clockKHz)].filter((words) => words !== undefined)
  return ['-kernel', kernel.path, ...initrd, ...(append.length === 0 ? [] : ['-append', append.join(' ')])]
}

/**
 * A virtio disk and no CD: kernels made for clouds (Debian's, for one) have no driver for q35's AHCI, and all have virtio's. After all
 * other devices, so that none of them moves when the seed goes.
 */
function seedArgs({ name, machine, cloudInit }: VmSpec, { facts }: VmContext): string[] {
  if (cloudInit === undefined) return []
  const file = `file.driver=file,file.filename=${escapeCommas(vmFiles(facts.paths, name).seed)}`
  const node = `driver=raw,node-name=seed,read-only=on,${file}`
  const device = `${virtioDriver(machine, 'virtio-blk')},id=seed,drive=seed`
  return ['-blockdev', node, '-device', `${device},${slotPlace(machine, SEED_SLOT)}`]
}

/** The serial port, two monitors and the agent's channel, all unix sockets: nobody has to be connected for the guest to run. */
function channelArgs(spec: VmSpec, { facts }: VmContext): string[] {
  const files = vmFiles(facts.paths, spec.name)
  const socket = (id: string, path: string): string =>
    `socket,id=${id},path=${escapeCommas(path)},server=on,wait=off`
  return [
    ...['-chardev', socket('serial0', files.serial), '-serial', 'chardev:serial0'],
    ...['-chardev', socket('monitor', files.monitor), '-mon', 'chardev=monitor,mode=control'],
    ...['-chardev', socket('qmp', files.qmp), '-mon', 'chardev=qmp,mode=control'],
    ...['-chardev', socket(AGENT_CHARDEV, files.agent), ...agentDevices(spec.machine)],
    ...displayChannelArgs(spec),
  ]
}

/** The port's name is what agents look for. */
function agentDevices(machine: VmSpec['machine']): string[] {
  return [
    ...[
      '-device',
      `${virtioDriver(machine, 'virtio-serial')},id=channels,${fixedPlace(machine, 'channels')}`,
    ],
    '-device',
    `virtserialport,id=${AGENT_PORT},bus=channels.0,chardev=${AGENT_CHARDEV},name=org.qemu.guest_agent.0`,
  ]
}

/**
 * `-S`: the guest stands still until its NICs are plugged in. Without `-daemonize`, whose fork and setsid the filter would forbid (7.2):
 * `detachedArgv` does both before QEMU runs.
 */
const PROCESS_ARGS = [
  '-sandbox',
  'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
  '-S',
]
