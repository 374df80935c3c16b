/** The strings of a `<forward>` element: the mode, and what leads outside. */
import type { InterfaceName } from '../../core/address/interface-name.ts'
import { FORWARD_MODES, type ForwardMode, type NatSpec } from '../../core/network/spec.ts'
import type { Reading } from './element-shape.ts'
import { given } from './given.ts'
import type { ForwardData } from './network-element.ts'
import { complain, readAddress, readInterface, readNumber, readTruth } from './read-value.ts'

export interface ForwardDraft {
  readonly mode: ForwardMode
  readonly forwardDevice?: InterfaceName
  readonly devices?: readonly InterfaceName[]
  readonly nat?: NatSpec
}

/** `<forward>` without a mode means nat; `none` is another word for no `<forward>`. */
export function readForward(forward: ForwardData, reading: Reading): ForwardDraft {
  const mode = readMode(forward.mode ?? 'nat', reading)
  const nat = forward.nat === undefined ? undefined : readNat(forward.nat, reading)
  const devices = readDevices(forward, reading)
  const hasSwitch = mode === 'nat' || mode === 'route' || mode === 'isolated' || mode === 'open'
  if (!hasSwitch) return { mode, ...(devices.length === 0 ? {} : { devices }), ...given({ nat }) }
  if (devices.length > 1)
    complain(reading, 'forward.interface[1]', `a ${mode} network forwards through one <interface> at most`)
  return { mode, ...given({ forwardDevice: devices[0], nat }) }
}

function readMode(mode: string, reading: Reading): ForwardMode {
  if (mode === 'none') return 'isolated'
  const known = FORWARD_MODES.find((each) => each === mode && each !== 'isolated')
  if (known !== undefined) return known
  const message =
    mode === 'hostdev'
      ? "forward mode 'hostdev' is not supported: weft does not hand whole PCI devices to guests"
      : `'${mode}' is no forward mode`
  const hint =
    mode === 'hostdev'
      ? "mode='passthrough' gives a guest a whole NIC of the host"
      : "take mode='nat', or no <forward> for an isolated network"
  complain(reading, 'forward.mode', message, hint)
  return 'nat'
}

/** libvirt forgets an element with nothing in it, and so does weft; and the ports that libvirt itself writes into a running network. */
function readNat(nat: NonNullable<ForwardData['nat']>, reading: Reading): NatSpec | undefined {
  const ipv6 = readTruth(nat.ipv6, 'forward.nat.ipv6', reading)
  const spec = given({ ipv6, addresses: readAddresses(nat, reading), ports: readPorts(nat, reading) })
  return Object.keys(spec).length === 0 ? undefined : spec
}

function readAddresses({ address }: NonNullable<ForwardData['nat']>, reading: Reading): NatSpec['addresses'] {
  if (address === undefined) return undefined
  const start = readAddress(address.start, 'forward.nat.address.start', '<address>', reading)
  const end = readAddress(address.end, 'forward.nat.address.end', '<address>', reading)
  return start === undefined || end === undefined ? undefined : { start, end }
}

function readPorts({ port }: NonNullable<ForwardData['nat']>, reading: Reading): NatSpec['ports'] {
  if (port === undefined) return undefined
  if (port.start === undefined || port.end === undefined)
    complain(reading, 'forward.nat.port', "<port> needs both 'start' and 'end'")
  const start = readNumber(port.start, 'forward.nat.port.start', reading)
  const end = readNumber(port.end, 'forward.nat.port.end', reading)
  return start === undefined || end === undefined ? undefined : { start, end }
}

/** `dev` is another word for the first `<interface>`. */
function readDevices(forward: ForwardData, reading: Reading): InterfaceName[] {
  const interfaces = forward.interface ?? []
  const named = interfaces.flatMap(({ dev }, index) => {
    const path = `forward.interface[${String(index)}]`
    if (dev === undefined) complain(reading, path, "<interface> has no attribute 'dev'")
    return dev === undefined ? [] : (readInterface(dev, `${path}.dev`, reading) ?? [])
  })
  const [first] = interfaces
  if (forward.dev === undefined) return named
  if (first === undefined) return [readInterface(forward.dev, 'forward.dev', reading) ?? []].flat()
  if (first.dev !== undefined && first.dev !== forward.dev) {
    const message = `<forward dev='${forward.dev}'> and <interface dev='${first.dev}'> are not the same`
    complain(reading, 'forward.interface[0].dev', message, 'name the device once')
  }
  return named
}
