/** What a network's mode allows and asks for. */
import type { Problem } from '../../errors.ts'
import { isSwitched } from '../ips.ts'
import type { NetworkSpec } from '../spec.ts'

export function modeProblems(spec: NetworkSpec): Problem[] {
  return isSwitched(spec)
    ? [...addressProblems(spec), ...deviceProblems(spec), ...natProblems(spec), ...mtuProblems(spec)]
    : borrowedProblems(spec)
}

function addressProblems({ mode, ips }: NetworkSpec): Problem[] {
  if ((mode !== 'nat' && mode !== 'route') || ips.length > 0) return []
  return [
    {
      path: 'ips',
      message: `a ${mode} network needs an address: guests reach the outside through it`,
      hint: 'give it an address such as 192.168.150.1/24, or make it isolated',
    },
  ]
}

function deviceProblems({ mode, forwardDevice, bridge }: NetworkSpec): Problem[] {
  if (forwardDevice === undefined) return []
  const path = 'forwardDevice'
  const problems: Problem[] = []
  if (mode === 'isolated') {
    const message = `an isolated network forwards nothing, through '${forwardDevice}' neither`
    problems.push({ path, message, hint: 'make it a nat network, or leave the device out' })
  }
  if (mode === 'open') {
    const message = `an open network has no rules, so none that keeps it to '${forwardDevice}'`
    problems.push({ path, message, hint: 'make it a route network, or leave the device out' })
  }
  if (forwardDevice === bridge?.name) {
    const message = `the network cannot forward through its own bridge '${bridge.name}'`
    problems.push({ path, message, hint: 'name the link that leads outside' })
  }
  return problems
}

function natProblems({ mode, nat }: NetworkSpec): Problem[] {
  if (nat === undefined) return []
  if (mode !== 'nat') {
    const message = `a network of mode ${mode} translates no addresses`
    return [{ path: 'nat', message, hint: 'leave out <nat>, or take mode nat' }]
  }
  const { ports } = nat
  if (ports === undefined) return []
  const isRange = ports.start >= 1 && ports.end <= 65_535 && ports.start <= ports.end
  const message = `${String(ports.start)} to ${String(ports.end)} is not a range of ports`
  return isRange ? [] : [{ path: 'nat.ports', message, hint: 'within 1 and 65535, the lower one first' }]
}

/** The kernel's limits; IPv6 asks for more. */
function mtuProblems({ mtu, ips }: NetworkSpec): Problem[] {
  const least = ips.some(({ family }) => family === 'ipv6') ? 1280 : 68
  if (mtu === undefined || (Number.isInteger(mtu) && mtu >= least && mtu <= 65_535)) return []
  const message = `the MTU of ${String(mtu)} is not within ${String(least)} and 65535`
  return [{ path: 'mtu', message, hint: 'leave it out for 1500' }]
}

/** The switch is not weft's: what would change it has no place here. */
function borrowedProblems(spec: NetworkSpec): Problem[] {
  const { mode, hostBridge, devices = [] } = spec
  const problems: Problem[] = []
  const add = (path: string, message: string, hint: string): number => problems.push({ path, message, hint })
  const refused = {
    ips: spec.ips.length > 0,
    routes: spec.routes.length > 0,
    domain: spec.domain !== undefined,
    dns: spec.dns !== undefined,
    mtu: spec.mtu !== undefined,
    nat: spec.nat !== undefined,
    forwardDevice: spec.forwardDevice !== undefined,
    dnsmasqOptions: spec.dnsmasqOptions !== undefined,
    // The host's switch or NIC carries others too.
    bandwidth: spec.bandwidth !== undefined,
    // What passes no bridge is judged by no table.
    firewall: spec.firewall !== undefined && devices.length > 0,
  }
  for (const [path, isThere] of Object.entries(refused)) {
    if (isThere) add(path, `a network of mode ${mode} gives out nothing and has no '${path}'`, 'leave it out')
  }
  if (hostBridge !== undefined && mode !== 'bridge')
    add(
      'bridge.name',
      `mode ${mode} uses NICs of the host, not the bridge '${hostBridge}'`,
      'name the NIC as device',
    )
  if (hostBridge !== undefined && devices.length > 0)
    add(
      'devices',
      `guests are plugged into the bridge '${hostBridge}' or sit on a NIC, not both`,
      'keep one of the two',
    )
  if (hostBridge === undefined && devices.length === 0)
    add(
      'devices',
      `a network of mode ${mode} needs to know where guests are plugged in`,
      `name ${mode === 'bridge' ? 'a bridge or ' : ''}a NIC of this host`,
    )
  const twice = devices.find((device, index) => devices.indexOf(device) < index)
  if (twice !== undefined) add('devices', `the device '${twice}' is listed twice`, 'name it once')
  return problems
}
