/**
 * A device of the host in the hands of QEMU's user: its driver lets go of it, and back. PCI devices go by VFIO, a whole IOMMU group at a
 * time; of USB devices QEMU takes the drivers off itself, which the kernel does not put back when it is killed.
 */
import { run, type Owner, type RunAction } from '../plan/action.ts'
import { invert, noUndo, type Step } from '../plan/plan.ts'
import { shellQuote } from '../plan/shell-quote.ts'
import { VFIO, type SeenDevice, type SeenDevices, type UsbNumbers } from './device.ts'
import { KERNEL_TREES, type HostFacts } from './facts.ts'

/** What it takes to give it back: a machine's run directory keeps that. */
export interface LentDevice {
  readonly bus: 'pci' | 'usb'
  readonly address: string
  readonly group?: number
  readonly numbers?: UsbNumbers
  /** PCI: what drove it before, where weft takes it off; absent: nobody, or vfio-pci, which stays. */
  readonly driver?: string
  /** PCI: it was bound to vfio-pci before, and stays so. */
  readonly isBound?: true
  readonly override?: string
  /** USB: whose its node was. */
  readonly owner?: Owner
}

interface Surroundings {
  readonly facts: Pick<HostFacts, 'trees' | 'qemuUser'>
  readonly vfio: SeenDevices['vfio']
  /** IOMMU groups that QEMU's user may open already, and goes on opening. */
  readonly open?: readonly number[]
}

/** Before it is lent. */
export function lentFrom(device: SeenDevice): LentDevice {
  const { bus, address, group, numbers, override, owner } = device
  const [driver] = bus === 'pci' ? device.drivers : []
  const isBound = driver === VFIO
  return {
    bus,
    address,
    ...(group === undefined ? {} : { group }),
    ...(numbers === undefined ? {} : { numbers }),
    ...(driver === undefined || isBound ? {} : { driver }),
    ...(isBound ? { isBound } : {}),
    ...(override === undefined || isBound ? {} : { override }),
    ...(owner === undefined ? {} : { owner }),
  }
}

export function lendSteps(devices: readonly LentDevice[], around: Surroundings): Step[] {
  const { dev } = around.facts.trees ?? KERNEL_TREES
  const unbound = devices.filter(({ bus, isBound }) => bus === 'pci' && isBound !== true)
  const load: Step = {
    reason: `the kernel has ${VFIO}, which hands PCI devices to programs`,
    do: run('modprobe', VFIO),
    undo: noUndo('a driver that has no device does nothing'),
  }
  const groups = [...new Set(devices.flatMap(({ bus, group }) => (bus === 'pci' ? (group ?? []) : [])))]
  return [
    ...(unbound.length > 0 && around.vfio === 'loadable' ? [load] : []),
    ...unbound.flatMap((device) => bindSteps(device, around)),
    ...groups
      .filter((group) => around.open?.includes(group) !== true)
      .map((group) => nodeStep(`IOMMU group ${String(group)}`, `${dev}/vfio/${String(group)}`, around)),
    ...devices.filter(({ bus }) => bus === 'usb').map((device) => usbStep(device, around)),
  ]
}

/** When QEMU has let go of them. Harmless where a device has never been lent, or is not there any more. */
export function giveBackSteps(devices: readonly LentDevice[], facts: Surroundings['facts']): Step[] {
  return invert(lendSteps(devices, { facts, vfio: 'loaded' }), ({ reason }) => `no more: ${reason}`)
}

/** The node that QEMU opens. */
export function usbNode({ numbers }: Pick<LentDevice, 'numbers'>, facts: Pick<HostFacts, 'trees'>): string {
  const digits = (number = 0): string => String(number).padStart(3, '0')
  return `${(facts.trees ?? KERNEL_TREES).dev}/bus/usb/${digits(numbers?.bus)}/${digits(numbers?.device)}`
}

/** The old driver binds nothing that another one is meant for: on the way back the override goes before it. */
function bindSteps({ address, driver, override = '' }: LentDevice, { facts }: Surroundings): Step[] {
  const pci = `${(facts.trees ?? KERNEL_TREES).sys}/bus/pci`
  const device = `${pci}/devices/${address}`
  const release: Step[] =
    driver === undefined
      ? []
      : [
          {
            reason: `driver ${driver} has let go of ${address}`,
            do: unbind(device, address, driver),
            undo: shell(
              `[ ! -d ${q(device)} ] || [ -e ${q(`${device}/driver`)} ] || echo ${address} >${q(`${pci}/drivers/${driver}/bind`)}`,
            ),
          },
        ]
  const choose = (name: string): RunAction =>
    shell(`[ ! -d ${q(device)} ] || echo ${name === '' ? "''" : q(name)} >${q(`${device}/driver_override`)}`)
  const isBound = `[ "$(basename "$(readlink ${q(`${device}/driver`)})")" = ${VFIO} ]`
  return [
    ...release,
    {
      reason: `of all drivers ${VFIO} alone may take ${address}`,
      do: choose(VFIO),
      undo: choose(override),
    },
    {
      reason: `${VFIO} has ${address}, and hands it to whoever may open its group`,
      do: shell(
        `echo ${address} >${q(`${pci}/drivers_probe`)}; ${isBound} || { echo '${VFIO} does not take ${address}: dmesg says why' >&2; exit 1; }`,
      ),
      undo: unbind(device, address, VFIO),
    },
  ]
}

/** Waits until whoever has it open lets go. */
const unbind = (device: string, address: string, driver: string): RunAction =>
  shell(
    `[ "$(basename "$(readlink ${q(`${device}/driver`)})")" != ${q(driver)} ] || echo ${address} >${q(`${device}/driver/unbind`)}`,
  )

/** udev may still be about to give a new node the owner that it gives all of its kind. */
const SETTLE = 'if command -v udevadm >/dev/null; then udevadm settle --timeout=5 || true; fi'

function nodeStep(what: string, node: string, { facts }: Surroundings): Step {
  const { name, owner } = facts.qemuUser
  return {
    reason: `user '${name}', as whom QEMU runs, may open ${what}, and nothing else of VFIO`,
    do: shell(`${SETTLE}; chown ${ids(owner)} ${q(node)}`),
    undo: shell(`[ ! -e ${q(node)} ] || chown 0:0 ${q(node)}`),
  }
}

function usbStep(device: LentDevice, { facts }: Surroundings): Step {
  const { address, owner = { uid: 0, gid: 0 } } = device
  const node = usbNode(device, facts)
  const usb = `${(facts.trees ?? KERNEL_TREES).sys}/bus/usb`
  const parts = `${q(`${usb}/devices/${address}/${address}`)}:*`
  const probe = `for part in ${parts}; do [ ! -d "$part" ] || [ -e "$part/driver" ] || basename "$part" >${q(`${usb}/drivers_probe`)}; done`
  return {
    reason: `user '${facts.qemuUser.name}', as whom QEMU runs, may open USB device ${address}, whose drivers then let go of it`,
    do: run('chown', ids(facts.qemuUser.owner), node),
    undo: shell(`[ ! -e ${q(node)} ] || chown ${ids(owner)} ${q(node)}; ${probe}`),
  }
}

const shell = (script: string): RunAction => run('sh', '-c', script)
const q = shellQuote
const ids = ({ uid, gid }: Owner): string => `${String(uid)}:${String(gid)}`
