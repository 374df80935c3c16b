/** What keeps ports of a network's guests from being published, and what works there instead. */
import type { NetworkSpec } from '../spec.ts'

export interface PublishProblem {
  /** Fits after "no port can be published: ". */
  readonly message: string
  readonly hint: string
}

/** Undefined where they can be. */
export function publishProblem({
  name,
  mode,
  ips,
  devices,
  hostBridge,
}: NetworkSpec): PublishProblem | undefined {
  const network = `network '${name}'`
  if (mode === 'isolated')
    return {
      message: `${network} is isolated: nobody outside reaches its guests, that is what it is for`,
      hint: 'attach a NIC on a network that leads outside: weft nic attach VM default',
    }
  if (mode === 'open')
    return {
      message: `${network} is open: this host's own firewall decides about it, and weft adds nothing to that`,
      hint: 'its guests are reached under their own addresses; mode nat or route is where weft publishes',
    }
  const lan = hostBridge ?? devices?.[0]
  if (mode !== 'nat' && mode !== 'route')
    return {
      message: `guests of ${network} are on the LAN themselves${lan === undefined ? '' : `, through ${lan}`}: packets for them do not come by this host's addresses`,
      hint: 'they are reached under their own addresses: weft vm addresses VM',
    }
  if (ips.length === 0)
    return { message: `${network} has no address`, hint: `give it one: weft net edit ${name}` }
  return undefined
}
