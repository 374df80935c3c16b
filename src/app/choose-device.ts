/** Which NIC of a network's pool a guest sits on: the one with the fewest, and for `passthrough` one that nobody has. */
import type { InterfaceName } from '../core/address/interface-name.ts'
import { WeftError } from '../core/errors.ts'
import { describeOwner } from '../core/host/mark.ts'
import { sitsOnNics } from '../core/network/bridge/plan-macvtap.ts'
import type { SeenHost } from '../core/network/seen.ts'
import type { NetworkSpec } from '../core/network/spec.ts'

interface Seat {
  readonly device: InterfaceName
  /** Who sits there already, for people. */
  readonly sitters: readonly string[]
  /** The NIC is somebody's alone: no second one can sit on it. */
  readonly isTaken: boolean
}

/** undefined where there is a switch. `promised` are the NICs that others of the same plan will sit on. */
export function chooseDevice(
  network: NetworkSpec,
  seen: SeenHost,
  promised: readonly InterfaceName[] = [],
): InterfaceName | undefined {
  if (!sitsOnNics(network)) return undefined
  const seats = network.devices
    .filter((device) => seen.links.some(({ name }) => name === device))
    .map((device) => seatOf(device, seen, promised))
  const isAlone = network.mode === 'passthrough'
  const free = seats.filter(({ isTaken, sitters }) => !isTaken && !(isAlone && sitters.length > 0))
  const [best] = free.sort((a, b) => a.sitters.length - b.sitters.length)
  if (best !== undefined) return best.device
  throw noSeat(network, seats)
}

function seatOf(device: InterfaceName, seen: SeenHost, promised: readonly InterfaceName[]): Seat {
  const sitting = [...seen.links, ...(seen.inside ?? [])].filter((link) => link.sitsOn?.device === device)
  return {
    device,
    sitters: [
      ...sitting.map(({ name, alias }) => (alias === undefined ? `'${name}'` : describeOwner(alias))),
      ...promised.filter((each) => each === device).map(() => 'another NIC of the same guest'),
    ],
    isTaken: sitting.some(({ sitsOn }) => sitsOn?.mode === 'passthru'),
  }
}

function noSeat({ name, mode, devices = [] }: NetworkSpec, seats: readonly Seat[]): WeftError {
  const [first] = devices
  if (seats.length === 0) {
    const message = `nobody can be plugged into network '${name}': this host has no link named '${devices.join("' or '")}'`
    return new WeftError('conflict', message, { hint: `ip link show ${first ?? ''}` })
  }
  const who = seats.map(({ device, sitters }) => `${device} has ${sitters.join(', ')}`).join('; ')
  const why =
    mode === 'passthrough'
      ? 'each of its guests needs a NIC that nobody else sits on'
      : 'its NICs are given away whole'
  return new WeftError('in-use', `network '${name}' has no free NIC: ${why}, and ${who}`, {
    hint: `stop that guest, or give the network another NIC: weft net edit ${name}`,
  })
}
