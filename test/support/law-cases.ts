/** What the laws are checked with: every golden case, as something that can be started and stopped on a real host. */
import type { App } from '../../src/app/ports.ts'
import { executePlan } from '../../src/app/execute-plan.ts'
import { lookAtNetworks, otherLiveNetworks } from '../../src/app/live-network.ts'
import type { InterfaceName } from '../../src/core/address/interface-name.ts'
import type { Ipv4Address } from '../../src/core/address/ipv4.ts'
import type { MacAddress } from '../../src/core/address/mac.ts'
import {
  planNamespacePlug,
  planPortUnplug,
  portsOf,
  type NamespacePort,
} from '../../src/core/network/plan-port.ts'
import { planNetworkStart } from '../../src/core/network/plan-start.ts'
import { planNetworkStop } from '../../src/core/network/plan-stop.ts'
import type { NetworkSpec } from '../../src/core/network/spec.ts'
import { stopPlan, type Plan } from '../../src/core/plan/plan.ts'
import { NETWORK_CASES } from './network-cases.ts'
import { run } from './real-app.ts'

export interface LawCase {
  readonly name: string
  /** What the case stands on: made before anything is compared. */
  readonly prepare: (app: App) => Promise<void>
  /** Planned from a fresh look each time. */
  readonly start: (app: App) => Promise<Plan>
  readonly stop: (app: App) => Promise<Plan>
}

export const LAW_CASES: readonly LawCase[] = [
  ...NETWORK_CASES.map((wanted) => networkCase(wanted)),
  secondNetworkCase(),
  portCase('namespace with a lease', {}),
  portCase('namespace with a fixed address', { ip: '192.168.77.10' as Ipv4Address }),
]

function networkCase(wanted: NetworkSpec): LawCase {
  return {
    name: `network ${wanted.name}`,
    prepare: () => Promise.resolve(),
    start: (app) => planStart(app, wanted),
    stop: (app) => planStop(app, wanted),
  }
}

/** Shared things, the table and ip_forward, are there already and must stay. */
function secondNetworkCase(): LawCase {
  const [first, second] = NETWORK_CASES
  if (first === undefined || second === undefined) throw new Error('there are two networks at least')
  return {
    ...networkCase(second),
    name: `network ${second.name} beside ${first.name}`,
    prepare: async (app) => {
      await executePlan(app, await planStart(app, first), 'test')
    },
  }
}

function portCase(name: string, more: Partial<NamespacePort>): LawCase {
  const [network] = NETWORK_CASES
  if (network === undefined) throw new Error('there is one network at least')
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
      await executePlan(app, await planStart(app, network), 'test')
    },
    async start(app) {
      const seen = await lookAtNetworks(app)
      return planNamespacePlug(port, network, portsOf(network.name, seen, app.facts), seen, app.facts)
    },
    async stop(app) {
      const seen = await lookAtNetworks(app)
      const ports = portsOf(network.name, seen, app.facts)
      if (ports.length === 0) return stopPlan('nothing is plugged in', [])
      return planPortUnplug(port, network, ports, seen, app.facts)
    },
  }
}

async function planStart(app: App, wanted: NetworkSpec): Promise<Plan> {
  const seen = await lookAtNetworks(app, [wanted.name])
  return planNetworkStart(wanted, seen, app.facts, otherLiveNetworks(app, seen, wanted.name))
}

async function planStop(app: App, live: NetworkSpec): Promise<Plan> {
  const seen = await lookAtNetworks(app, [live.name])
  return planNetworkStop(live, seen, app.facts, otherLiveNetworks(app, seen, live.name))
}
