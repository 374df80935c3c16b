/** What the laws are checked with: every golden case, as something that can be started and stopped on a real host. */
import { writeFileSync } from 'node:fs'
import { executePlan } from '../../src/app/execute-plan.ts'
import { giveUpAddresses, keepAddresses, tellSteps } from '../../src/app/keep-addresses.ts'
import { lookAtNetworks } from '../../src/app/live-network.ts'
import type { App } from '../../src/app/ports.ts'
import type { InterfaceName } from '../../src/core/address/interface-name.ts'
import type { Ipv4Address } from '../../src/core/address/ipv4.ts'
import type { MacAddress } from '../../src/core/address/mac.ts'
import { othersOf, type GoldenCase } from '../../src/core/network/golden-case.ts'
import { GOLDEN_CASES } from '../../src/core/network/golden-cases.ts'
import {
  DEFAULT,
  LIMITED,
  MACVTAP_POOL,
  OPEN,
  QUIET,
  ROUTED,
} from '../../src/core/network/golden-networks.ts'
import { GUARDED, PINNED } from '../../src/core/network/guard/golden-guards.ts'
import { planNamespacePlug, planPortUnplug } from '../../src/core/network/bridge/plan-port.ts'
import { portsOf, type NamespacePort } from '../../src/core/network/port.ts'
import { planNetworksStart } from '../../src/core/network/plan-start-all.ts'
import { planNetworkStart } from '../../src/core/network/plan-start.ts'
import { planNetworkStop } from '../../src/core/network/plan-stop.ts'
import type { NetworkSpec } from '../../src/core/network/spec.ts'
import { lastingPlan, stopPlan, type Plan, type Step } from '../../src/core/plan/plan.ts'
import type { VmSpec } from '../../src/core/vm/spec.ts'
import { CHANGE_LAW_CASES } from './change-law-cases.ts'
import { cableCases, machineCable, vethCable } from './cable-law-cases.ts'
import { DISK_LAW_CASES } from './disk-law-cases.ts'
import { LIFE_LAW_CASES } from './life-law-cases.ts'
import { FIREWALL_LAW_CASES, NEIGHBOUR_LAW_CASES } from './neighbour-law-cases.ts'
import { PUBLISH_LAW_CASES } from './publish-law-cases.ts'
import { run } from './real-app.ts'
import { SHARE_LAW_CASES } from './share-law-cases.ts'
import { UPLINK_LAW_CASES } from './uplink-law-cases.ts'
import { VM_LAW_CASES } from './vm-law-cases.ts'

export interface LawCase {
  readonly name: string
  /** What the case stands on: made before anything is compared. */
  readonly prepare: (app: App) => Promise<void>
  /** Planned from a fresh look each time. */
  readonly start: (app: App) => Promise<Plan>
  /** Absent for a repair: stopping would go further back than it began. */
  readonly stop?: (app: App) => Promise<Plan>
  /** Steps at which it is to fail and weftd to be killed, where others are shown elsewhere and each takes long; absent: all. */
  readonly trying?: (step: Step) => boolean
  /** There is nothing to do, and that is the point. */
  readonly isIdle?: true
  /** What of the host is to be compared besides; sections of the same name are put in its place. */
  readonly look?: (world: Readonly<Record<string, readonly string[]>>) => Record<string, readonly string[]>
}

export const NETWORK_LAW_CASES: readonly LawCase[] = [
  ...GOLDEN_CASES.map(networkCase),
  wary(networkCase(caseOf('nat'))),
  togetherCase(),
]

export const PORT_LAW_CASES: readonly LawCase[] = [
  portCase('namespace with a lease', {}),
  portCase('namespace with a fixed address', { ip: '192.168.122.10' as Ipv4Address }),
  portCase('namespace that may use no address but its own', { ip: '192.168.122.10' as Ipv4Address }, PINNED),
  portCase('namespace that rules are about', {}, GUARDED),
  portCase('namespace that is held to rates', {}, LIMITED),
  portCase('namespace on a NIC of the host', { device: 'nic0' as InterfaceName }, MACVTAP_POOL),
  keptCase('machine that keeps its addresses', portCase('base', {})),
]

const machine = VM_LAW_CASES.find(({ name }) => name === 'machine with two NICs on one network')
export const CABLE_LAW_CASES: readonly LawCase[] = [
  ...cableCases({ name: 'namespace', base: portCase('base', {}), cable: vethCable }),
  // What is queued does not depend on who is at the other end.
  ...(machine === undefined
    ? []
    : cableCases({ name: 'machine', base: machine, cable: machineCable('web') }).slice(0, 2)),
]

/** By name, for the process that is killed at a step. */
export const LAW_CASES: readonly LawCase[] = [
  ...NETWORK_LAW_CASES,
  ...PORT_LAW_CASES,
  ...PUBLISH_LAW_CASES,
  ...NEIGHBOUR_LAW_CASES,
  ...FIREWALL_LAW_CASES,
  ...VM_LAW_CASES,
  ...CABLE_LAW_CASES,
  ...CHANGE_LAW_CASES,
  ...DISK_LAW_CASES,
  ...SHARE_LAW_CASES,
  ...LIFE_LAW_CASES,
  ...UPLINK_LAW_CASES,
]

function networkCase(golden: GoldenCase): LawCase {
  const { name, wanted, running, disturb } = golden
  const names = [...running, wanted].map((network) => network.name)
  const others = othersOf(golden)
  const start = async (app: App): Promise<Plan> =>
    planNetworkStart(wanted, await app.host.look(names), app.facts, others)
  const stop = async (app: App): Promise<Plan> =>
    planNetworkStop(wanted, await app.host.look(names), app.facts, others)
  return {
    name,
    async prepare(app) {
      await startNetworks(app, running)
      for (const [program, ...args] of disturb) run(program, ...args)
    },
    start,
    ...(running.includes(wanted) ? {} : { stop }),
    ...(running.includes(wanted) && disturb.length === 0 ? { isIdle: true } : {}),
  }
}

function caseOf(name: string): GoldenCase {
  const found = GOLDEN_CASES.find((golden) => golden.name === name)
  if (found === undefined) throw new Error(`there is no golden case '${name}'`)
  return found
}

/** On a host that believes no redirects, as ufw and many administrators have it: the kernel forgets that with forwarding. */
function wary(law: LawCase): LawCase {
  return {
    ...law,
    name: `${law.name}, on a host that believes no redirects`,
    async prepare(app) {
      writeFileSync('/proc/sys/net/ipv4/conf/all/accept_redirects', '0')
      await law.prepare(app)
    },
  }
}

/** As at boot: one plan for all, one load of the firewall. */
function togetherCase(): LawCase {
  const networks: readonly NetworkSpec[] = [OPEN, QUIET, ROUTED]
  const names = networks.map(({ name }) => name)
  return {
    name: 'several at once',
    prepare: () => Promise.resolve(),
    start: async (app) => planNetworksStart(networks, await app.host.look(names), app.facts, []),
    async stop(app) {
      const seen = await app.host.look(names)
      const plans = networks.map((live, index) =>
        planNetworkStop(live, seen, app.facts, networks.slice(index + 1)),
      )
      return stopPlan(
        'stop all',
        plans.flatMap(({ steps }) => steps),
      )
    },
  }
}

async function startNetworks(app: App, networks: readonly NetworkSpec[]): Promise<void> {
  for (const [index, network] of networks.entries()) {
    const others = networks.slice(0, index)
    const seen = await app.host.look(networks.map(({ name }) => name))
    await executePlan(app, planNetworkStart(network, seen, app.facts, others), 'test')
  }
}

/** Created and deleted while dnsmasq serves others. */
function keptCase(name: string, base: LawCase): LawCase {
  const nic = { network: 'default', mac: '52:54:00:00:00:02' as MacAddress, model: 'virtio' as const }
  const machine = { name: 'web', nics: [nic] } as unknown as VmSpec
  const planned = async (app: App, keep: typeof keepAddresses): Promise<Plan> => {
    const keeping = keep(app, machine, await lookAtNetworks(app, ['default']))
    return lastingPlan('', [...keeping.steps, ...tellSteps(app, ['default'], keeping.seen)])
  }
  return {
    name,
    async prepare(app) {
      await base.prepare(app)
      await executePlan(app, await base.start(app), 'test')
    },
    start: (app) => planned(app, keepAddresses),
    stop: async (app) => ({ ...(await planned(app, giveUpAddresses)), onFailure: 'carry-on' }),
  }
}

function portCase(name: string, more: Partial<NamespacePort>, network: NetworkSpec = DEFAULT): LawCase {
  const port: NamespacePort = {
    network: network.name,
    interface: 'vnet0' as InterfaceName,
    mac: '52:54:00:00:00:01' as MacAddress,
    hostName: 'box',
    portName: 'box',
    namespace: { name: 'box' },
    insideName: 'eth0' as InterfaceName,
    ...more,
  }
  return {
    name,
    async prepare(app) {
      run('ip', 'netns', 'add', 'box')
      if (more.device !== undefined)
        run('ip', 'link', 'add', 'name', 'nic0', 'type', 'veth', 'peer', 'name', 'nic1')
      await startNetworks(app, [network])
    },
    async start(app) {
      const seen = await app.host.look([network.name])
      return planNamespacePlug(port, network, portsOf(network.name, seen, app.facts), seen, app.facts)
    },
    async stop(app) {
      const seen = await app.host.look([network.name])
      const ports = portsOf(network.name, seen, app.facts)
      if (ports.length === 0) return stopPlan('nothing is plugged in', [])
      return planPortUnplug(port, network, ports, seen, app.facts)
    },
  }
}
