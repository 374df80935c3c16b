/** This Linux machine as the use cases see it: looked at, changed and compared through a few long-lived helpers. */
import { existsSync } from 'node:fs'
import type { Host } from '../app/ports.ts'
import { KERNEL_TREES, type Acceleration, type HostFacts } from '../core/host/facts.ts'
import { probeDetour, probeQueue, queueKindFor, type Impairment } from '../core/network/bridge/impairment.ts'
import { parseNeighbours } from '../core/host/neighbours.ts'
import { createDnsmasqEars, type DnsmasqEars } from './hear-dnsmasq.ts'
import { probeVlans } from '../core/network/bridge/plan-vlan.ts'
import { inspectFile } from './files.ts'
import { createFastPathEye } from './observe-fast-path.ts'
import { createIpShell } from './ip-shell.ts'
import { createMirror, type Mirror } from './mirror.ts'
import { createNftShell } from './nft-shell.ts'
import { observeHost } from './observe-host.ts'
import { listLinks, seenLinks } from './observe-links.ts'
import { borrowedNetworks, listDirectory } from './observe-network-files.ts'
import { observeNames } from './observe-names.ts'
import { createTrafficEyes, listQueues } from './observe-traffic.ts'
import { performAction, type AgentCommand, type QmpCommand, type QmpJobCommand } from './perform-action.ts'
import { readText } from './process-table.ts'
import { processUsage } from './process-usage.ts'
import { EGRESS_PROBE } from '../core/network/bridge/plan-reach.ts'
import { runCommand } from './run-command.ts'
import { takeSnapshot } from './snapshot.ts'

export interface HostParts {
  readonly facts: HostFacts
  readonly qmp: QmpCommand
  readonly qmpJob: QmpJobCommand
  readonly agent: AgentCommand
  readonly acceleration: () => Promise<Acceleration>
}

export interface RealHost extends Host {
  /** Told what `ip monitor` and `nft monitor` say, looks need not ask the kernel for everything. */
  readonly mirror: Mirror
  /** Tell when a dnsmasq has ended. */
  readonly dnsmasqs: DnsmasqEars
  /** Ends the helpers; what they were told before is still done. */
  close(): void
}

export function createHost({ facts, qmp, qmpJob, agent, acceleration }: HostParts): RealHost {
  const ip = createIpShell()
  const ip6 = createIpShell('-6')
  const nft = createNftShell()
  const mirror = createMirror(ip, ip6, nft)
  const traffic = createTrafficEyes()
  const eyes = { ip, nft, mirror, paths: facts.paths, fastPath: createFastPathEye(nft) }
  const dnsmasqs = createDnsmasqEars(facts.paths)
  const hands = { ip, nft, qmp, qmpJob, agent, runDirectory: facts.paths.run }
  return {
    look: (networks) => observeHost(eyes, networks),
    async perform(action) {
      let isDone = false
      mirror.expect(action)
      try {
        await performAction(hands, action)
        isDone = true
      } finally {
        mirror.touch(action, isDone)
      }
    },
    links: async () => seenLinks(await mirror.links()),
    linkDetails: async () => (await import('./link-details.ts')).linkDetails(await listLinks(ip)),
    devices: async () => (await import('./observe-devices.ts')).observeDevices(facts.trees ?? KERNEL_TREES),
    borrowed: () => borrowedNetworks(facts.paths),
    started: () => listDirectory(`${facts.paths.run}/networks`),
    isThere: existsSync,
    snapshot: (scope) => takeSnapshot(eyes, scope),
    mirror,
    hearDnsmasq: (network) => {
      dnsmasqs.hear(network)
    },
    dnsmasqs,
    // What is not there is asked for often, and an error costs more than this look.
    readTextFile: (path) => Promise.resolve(existsSync(path) ? readText(path) : undefined),
    readBytes: async (...where) => (await import('./read-bytes.ts')).readBytes(...where),
    inspectFile: (path) => inspectFile(path, facts),
    acceleration,
    processUsage,
    counters: () => traffic.counters(),
    guardTable: () => nft.list('list table bridge weft'),
    queues: listQueues,
    canImpair,
    canFilterVlans: async () => (await runCommand(probeVlans().argv, { accept: [2] })).exitCode === 0,
    canHookEgress: async () =>
      (await runCommand(['nft', '--check', '-f', '-'], { stdin: EGRESS_PROBE, accept: [1] })).exitCode === 0,
    canDetour: async () => (await runCommand(probeDetour().argv, { accept: [1, 2] })).exitCode === 0,
    listeners: async (isAsked) => (await import('./observe-listeners.ts')).observeListeners(isAsked),
    redirects: async () => {
      const { legacyRedirects, parseRedirects } =
        await import('../core/network/firewall/foreign-redirects.ts')
      const { listOldTables } = await import('./list-rules.ts')
      const shown = parseRedirects((await nft.list('list ruleset')) ?? '')
      return [...shown, ...legacyRedirects(await listOldTables())]
    },
    ruleset: async () => (await import('./list-rules.ts')).listRules(),
    askRoute: async (question) => (await import('./watch-traces.ts')).askRoute(question),
    watchTraces: async () => (await import('./watch-traces.ts')).watchTraces(),
    neighbours: async () => parseNeighbours(await ip.show('neighbour show')),
    names: () => observeNames(facts.paths),
    // Loaded by who looks at packets: that is seldom.
    uplink: async (name) => (await import('./observe-uplink.ts')).observeUplink(name),
    guards: async () => (await import('./observe-guards.ts')).observeGuards(facts.paths),
    keeper: async (name) => (await import('./observe-keeper.ts')).observeKeeper(facts.paths, name),
    examine: async (examination) => (await import('./examine.ts')).examine(ip, facts.paths, examination),
    probe: async (order) => (await import('./probe.ts')).probe(order),
    awaitGreeting: async (...wanted) => (await import('./await-greeting.ts')).awaitGreeting(...wanted),
    capture: async (order) => (await import('./capture.ts')).startCapture(order),
    close() {
      traffic.close()
      dnsmasqs.close()
      ip.close()
      ip6.close()
      nft.close()
    },
  }
}

/** 2 is how tc says that the kernel refused. */
async function canImpair(impairment: Impairment): Promise<boolean> {
  const kind = queueKindFor(impairment)
  if (kind === undefined) return true
  const { argv } = probeQueue(kind)
  return (await runCommand(argv, { accept: [2] })).exitCode === 0
}
