/** From the guest's NIC to the switch: the machine, its cable, the plug, and how the switch treats it. */
import { bridgeNameOf } from '../network/ips.ts'
import { mtuOf } from '../network/mtu.ts'
import { markedNetwork, switchOf } from '../network/seen.ts'
import { firstFault, type Check, type GuestPlace, type Verdict } from './check.ts'

export const PLUG_CHECKS: readonly Check[] = [
  { of: 'guest', stage: 'machine', judge: judgeMachine },
  { of: 'guest', stage: 'cable', judge: judgeCable },
  { of: 'guest', stage: 'plug', judge: judgePlug },
]

/** Where the switch is on. */
export const PORT_CHECKS: readonly Check[] = [
  { of: 'guest', stage: 'port', judge: judgePort },
  { of: 'guest', stage: 'queue', judge: judgeQueue },
  { of: 'guest', stage: 'size', judge: judgeSize },
]

function judgeMachine({ plug: { guest, status } }: GuestPlace): Verdict {
  if (status === undefined) return undefined
  if (status === 'running') return `${guest} runs`
  const what = `machine '${guest}' stands still: QEMU says '${status}'`
  const isPaused = status === 'paused'
  return {
    kind: 'machine-paused',
    what,
    culprit: `machine '${guest}'`,
    mend: isPaused ? `weft vm resume ${guest}` : `weft vm reset ${guest}`,
  }
}

function judgeCable(place: GuestPlace): Verdict {
  const { plug, network, sight } = place
  const { link, guest, interface: name } = plug
  if (link === undefined) {
    const isMachine = plug.nic !== undefined
    return {
      kind: 'cable-gone',
      what: `the host's end of its cable, ${name}, is not there any more`,
      culprit: `somebody deleted ${name}`,
      mend: isMachine ? `weft vm kill ${guest} && weft vm start ${guest}` : replug(place),
    }
  }
  if (!link.isUp)
    return {
      kind: 'cable-pulled',
      what: `${name} is switched off, as if its cable were out`,
      culprit: `link ${name}`,
      typed: { title: changeTitle(place), words: `dev ${name} down` },
      mend: `weft port set ${network.name} ${guest} --link up`,
    }
  const inside = sight.examined.inside.get(name)
  if (inside?.isUp === false)
    return {
      kind: 'guest-end-down',
      what: `inside ${guest}, ${inside.name} is switched off`,
      culprit: `${inside.name} in ${inside.of} ${guest}`,
      mend: `${inside.command} link set dev ${inside.name} up`,
    }
  if (!link.hasCarrier)
    return {
      kind: 'no-carrier',
      what: `${name} is on, and nobody is at its other end`,
      culprit: plug.nic === undefined ? `the other end of ${name}` : `the QEMU of ${guest}`,
      ...(plug.nic === undefined
        ? { advice: 'switch on the other end of the cable' }
        : { mend: `weft vm kill ${guest} && weft vm start ${guest}` }),
    }
  return `${name} is on, with somebody at its other end`
}

const changeTitle = ({ plug, network }: GuestPlace): string =>
  `change port '${plug.interface}' of network '${network.name}'`

function replug({ network, plug }: GuestPlace): string {
  const ip = plug.port?.ip === undefined ? '' : ` --ip ${plug.port.ip}`
  const mac = plug.mac === undefined ? '' : ` --mac ${plug.mac}`
  return `weft port add ${network.name} --netns ${plug.guest}${mac}${ip}`
}

function judgePlug({ plug, network, sight }: GuestPlace): Verdict {
  const wanted = bridgeNameOf(network)
  const { link, interface: name } = plug
  if (wanted === undefined || link?.sitsOn !== undefined) return undefined
  // Without a switch there is nothing to be plugged into, and the next question is about that.
  if (switchOf(sight.seen, network) === undefined) return undefined
  const repair = `weft net repair ${network.name}`
  if (link?.master === wanted) return `${name} is plugged into ${wanted}`
  const bridge = sight.seen.links.find((each) => each.name === link?.master)
  const other = bridge === undefined ? undefined : markedNetwork(bridge)
  if (bridge === undefined)
    return {
      kind: 'unplugged',
      what: `${name} is plugged into nothing: it belongs into ${wanted}`,
      culprit: `somebody pulled ${name} out of ${wanted}`,
      mend: repair,
    }
  const whose = other === undefined ? '' : `, the switch of network ${other}`
  return {
    kind: 'plugged-elsewhere',
    what: `${name} is plugged into ${bridge.name}${whose}: it belongs into ${wanted}`,
    culprit: `bridge ${bridge.name}`,
    mend: repair,
  }
}

function judgePort(place: GuestPlace): Verdict {
  const { plug, network, sight } = place
  const port = sight.examined.ports.get(plug.interface)
  if (port === undefined) return undefined
  const name = plug.interface
  const wantsIsolation = plug.port?.isIsolated ?? network.portsAreIsolated === true
  const turn = (setting: string, value: string): string => `bridge link set dev ${name} ${setting} ${value}`
  const culprit = (setting: string): string => `port setting '${setting}' of ${name}`
  return firstFault(
    () => judgeState(place, port.state),
    () => {
      const stolen = sight.examined.forwarding.find(
        (each) =>
          each.isSticky &&
          each.mac === plug.mac &&
          each.port !== name &&
          each.bridge === bridgeNameOf(network),
      )
      if (stolen === undefined) return undefined
      return {
        kind: 'mac-elsewhere',
        what: `frames for ${stolen.mac} go to ${stolen.port}, not to ${name}: somebody has written that into ${stolen.bridge ?? 'the bridge'}`,
        culprit: `fdb entry ${stolen.mac} on ${stolen.port}`,
        mend: `bridge fdb del ${stolen.mac} dev ${stolen.port} master`,
      }
    },
    () =>
      port.locked
        ? {
            kind: 'port-locked',
            what: `${name} is locked: frames of MACs that nobody wrote into the bridge are dropped`,
            culprit: culprit('locked on'),
            mend: turn('locked', 'off'),
          }
        : undefined,
    () =>
      port.bcast_flood
        ? undefined
        : {
            kind: 'no-broadcast',
            what: `broadcasts do not reach ${name}: nobody can ask it for its MAC`,
            culprit: culprit('bcast_flood off'),
            mend: turn('bcast_flood', 'on'),
          },
    () =>
      port.learning || port.flood
        ? undefined
        : {
            kind: 'port-deaf',
            what: `the switch neither learns MACs at ${name} nor floods to it: it gets no answers`,
            culprit: culprit('learning off, flood off'),
            mend: `bridge link set dev ${name} learning on flood on`,
          },
    () =>
      port.isolated && !wantsIsolation
        ? {
            kind: 'port-isolated',
            what: `${name} is isolated: other isolated guests do not hear it`,
            culprit: culprit('isolated on'),
            mend: turn('isolated', 'off'),
          }
        : undefined,
    port.isolated ? 'forwards, isolated from its neighbours' : 'forwards',
  )
}

function judgeState({ plug, network, sight }: GuestPlace, state: string): Verdict {
  const { interface: name, link, guest } = plug
  const plugIn = `weft port set ${network.name} ${guest} --link`
  if (state === 'forwarding') return undefined
  const bridge = sight.seen.links.find((each) => each.name === link?.master)
  // While it is off all of its ports are, and somebody else says so.
  if (bridge?.isUp !== true) return undefined
  const hasStp = bridge.bridge?.stp === true
  if (state !== 'blocking' && state !== 'disabled')
    return {
      kind: 'port-waits',
      what: `the switch lets nothing through ${name} yet: STP has it ${state}, for twice ${String(bridge.bridge?.forwardDelaySeconds ?? 15)} s`,
      culprit: `STP on ${bridge.name}`,
      // weft plugs cables in while STP is off.
      mend: `${plugIn} down && ${plugIn} up`,
    }
  if (state === 'blocking' && hasStp)
    return {
      kind: 'port-loop',
      what: `STP blocks ${name}: it leads to where another port of ${link?.master ?? 'its bridge'} leads too`,
      culprit: `a loop through ${name}`,
      advice: 'pull out one of the two cables',
    }
  return {
    kind: 'port-blocked',
    what: `the switch lets nothing through ${name}: its port is ${state}`,
    culprit: `port state '${state}' of ${name}`,
    mend: `bridge link set dev ${name} state 3`,
  }
}

/** What comes less often, or slower, is as good as nothing: a name server's answer would take seconds. */
const MOST_LOSS = 90
const LEAST_BITS = 10_000

function judgeQueue(place: GuestPlace): Verdict {
  const { plug, network, sight } = place
  const { interface: name, guest } = plug
  const queue = sight.seen.queues?.find((each) => each.interface === name)
  if (queue === undefined) return undefined
  const { lossPercent = 0, rateBits = 0 } = queue.impairment ?? {}
  const isSlow = rateBits > 0 && rateBits < LEAST_BITS
  if (lossPercent < MOST_LOSS && !isSlow) return undefined
  const isWefts = /^7ef[12]:/.test(queue.handle)
  return {
    kind: isSlow ? 'slow-queue' : 'lossy-queue',
    what: isSlow
      ? `packets to ${guest} are held to ${String(rateBits)} bit/s`
      : `${String(lossPercent)} % of the packets to ${guest} are thrown away`,
    culprit: `queue ${queue.kind} ${queue.handle} of ${name}`,
    typed: { title: changeTitle(place), words: `qdisc replace dev ${name}` },
    mend: isWefts ? `weft port set ${network.name} ${guest} --clear` : `tc qdisc del dev ${name} root`,
  }
}

function judgeSize({ plug, network, sight }: GuestPlace): Verdict {
  const { link, interface: name } = plug
  const wanted = mtuOf(network, sight.seen)
  // The bridge's own follows its smallest port, unless somebody has set it.
  const size = network.mtu ?? Math.max(wanted, sight.examined.inside.get(name)?.mtu ?? 0)
  if (link === undefined || link.mtu >= size) return undefined
  return {
    kind: 'port-mtu',
    what: `${name} carries packets of ${String(link.mtu)} bytes at most, and guests are told ${String(size)}`,
    culprit: `the MTU of ${name}`,
    mend: `ip link set dev ${name} mtu ${String(size)}`,
  }
}
