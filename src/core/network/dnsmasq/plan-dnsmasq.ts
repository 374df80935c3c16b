/** DHCP and DNS of a network: started with its first port, told about new ones, stopped with its last. */
import type { HostFacts } from '../../host/facts.ts'
import { dnsmasqFiles, leaseFile } from '../../host/paths.ts'
import type { Action, SignalAction } from '../../plan/action.ts'
import { run } from '../../plan/action.ts'
import { disrupts } from '../../plan/disruption.ts'
import { invert, noUndo, startPlan, type Plan, type Step } from '../../plan/plan.ts'
import { formatDnsmasqConf } from './dnsmasq-conf.ts'
import { hostsLines, namesLines, optionLines } from './dnsmasq-hosts.ts'
import { ipv4Of, ipv6Of, isSwitched } from '../ips.ts'
import { keptAddresses } from '../addresses/kept-addresses.ts'
import { dropLeaseSteps, releaseSteps, staleLeases } from '../addresses/plan-leases.ts'
import { mtuOf } from '../mtu.ts'
import { detourLeftoverSteps } from '../bridge/plan-queue.ts'
import { FILE_MODE } from './plan-run-directory.ts'
import { forgetPortSteps, guestsOf, notedPorts, portsOf, type PortSpec } from '../port.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec, SwitchedNetwork } from '../spec.ts'

const STOP_WAIT_MS = 2000

/** `ports` are all that shall be plugged in; with none, or with nothing to serve, dnsmasq is stopped. */
export function planDnsmasq(
  network: NetworkSpec,
  ports: readonly PortSpec[],
  seen: SeenHost,
  facts: HostFacts,
): Plan {
  return startPlan(`serve names and addresses on '${network.name}'`, [
    ...vanishedSteps(network, seen, facts),
    ...dnsmasqSteps(network, ports, seen, facts),
  ])
}

/** A namespace that goes takes its cable along; nothing but weft's note tells of it any more. */
function vanishedSteps(network: NetworkSpec, seen: SeenHost, facts: HostFacts): Step[] {
  const there = portsOf(network.name, seen, facts)
  return notedPorts(network.name, seen, facts)
    .filter((port) => !there.some((each) => each.interface === port.interface))
    .flatMap((port) => [
      ...detourLeftoverSteps(port.interface, seen),
      ...forgetPortSteps(network.name, port.interface, seen, facts),
    ])
}

export function dnsmasqSteps(
  network: NetworkSpec,
  ports: readonly PortSpec[],
  seen: SeenHost,
  facts: HostFacts,
): Step[] {
  const { before, after } = dnsmasqPhases(network, ports, seen, facts)
  return [...before, ...after]
}

/**
 * What changes its addresses goes in between: a dnsmasq that ends before and starts after finds the bridge as its configuration says, there
 * and on the way back.
 */
export function dnsmasqPhases(
  network: NetworkSpec,
  ports: readonly PortSpec[],
  seen: SeenHost,
  facts: HostFacts,
): { readonly before: readonly Step[]; readonly after: readonly Step[] } {
  if (!isSwitched(network) || !isServed(network) || ports.length === 0)
    return { before: dnsmasqStopSteps(network, seen, facts), after: [] }
  const conf = confSteps(network, seen, facts)
  const told = [
    ...hostsSteps(network, ports, seen, facts),
    ...namesSteps(network, ports, seen, facts),
    ...optionSteps(network, seen, facts),
  ]
  const stale = staleLeases(network, ports, seen, facts)
  const dropped = dropLeaseSteps(network, stale, seen, facts)
  if (!seen.dnsmasqRunning.has(network.name)) {
    const start = [leasesStep(network, facts), ...dropped, runStep(network, facts)]
    return { before: [], after: [...conf, ...told, ...start] }
  }
  if (conf.length > 0) {
    const blip = disrupts('blip', guestsOf(network, seen))
    const start = { ...runStep(network, facts), ...blip }
    return { before: [{ ...endStep(network, facts), ...blip }], after: [...conf, ...told, ...dropped, start] }
  }
  const released = releaseSteps(network, stale, facts)
  if (told.length === 0) return { before: [], after: released }
  return { before: [readyStep(network, facts)], after: [...told, readStep(network, facts), ...released] }
}

/** A network with an address has names, DHCP or both; without DNS only what else it has. */
export function isServed(network: NetworkSpec): boolean {
  const hasMore = ipv6Of(network) !== undefined || ipv4Of(network)?.tftpRoot !== undefined
  return network.ips.length > 0 && (network.dns?.isEnabled !== false || hasDhcp(network) || hasMore)
}

function hasDhcp(network: NetworkSpec): boolean {
  return network.ips.some(({ dhcp }) => dhcp !== undefined)
}

/** Stops it if it runs and removes its files; the leases stay, so that guests meet their addresses again. */
export function dnsmasqStopSteps(network: NetworkSpec, seen: SeenHost, facts: HostFacts): Step[] {
  const { conf, hosts, names, options } = dnsmasqFiles(facts.paths, network.name)
  const stop = seen.dnsmasqRunning.has(network.name) ? [runStep(network, facts)] : []
  const files = [conf, hosts, names, options].flatMap((path) => {
    const content = seen.files.get(path)
    const write: Action = { kind: 'write', path, content: content ?? '', mode: FILE_MODE }
    return content === undefined ? [] : [{ reason: '', do: write, undo: { kind: 'remove', path } as const }]
  })
  return invert([...files, ...stop], (step) =>
    step.do.kind === 'run'
      ? `no guest of ${network.name} asks for addresses or names any more`
      : 'its dnsmasq has gone, and is configured anew when it is needed',
  )
}

function confSteps(network: SwitchedNetwork, seen: SeenHost, facts: HostFacts): Step[] {
  const reason = `dnsmasq gives the guests of ${network.name} their addresses and answers for names`
  const { conf } = dnsmasqFiles(facts.paths, network.name)
  return writeSteps(reason, conf, formatDnsmasqConf(network, facts), seen)
}

function hostsSteps(
  network: NetworkSpec,
  ports: readonly PortSpec[],
  seen: SeenHost,
  facts: HostFacts,
): Step[] {
  const reason = `guests of ${network.name} that are known by MAC always get this address and name`
  const { hosts } = dnsmasqFiles(facts.paths, network.name)
  const kept = keptAddresses(network.name, seen, facts)
  return hasDhcp(network) ? writeSteps(reason, hosts, text(hostsLines(network, ports, kept)), seen) : []
}

function namesSteps(
  network: NetworkSpec,
  ports: readonly PortSpec[],
  seen: SeenHost,
  facts: HostFacts,
): Step[] {
  const reason = `guests of ${network.name} with a fixed address are found by name though they ask for no lease`
  const { names } = dnsmasqFiles(facts.paths, network.name)
  if (network.dns?.isEnabled === false) return []
  return writeSteps(reason, names, text(namesLines(network, ports)), seen)
}

function optionSteps(network: SwitchedNetwork, seen: SeenHost, facts: HostFacts): Step[] {
  const mtu = mtuOf(network, seen)
  const reason = `guests of ${network.name} are told how large its packets may be: ${String(mtu)} bytes`
  const { options } = dnsmasqFiles(facts.paths, network.name)
  return ipv4Of(network)?.dhcp !== undefined
    ? writeSteps(reason, options, text(optionLines(network, mtu)), seen)
    : []
}

/** Empty when the file says this already. */
function writeSteps(reason: string, path: string, content: string, seen: SeenHost): Step[] {
  const before = seen.files.get(path)
  if (before === content) return []
  const undo: Action =
    before === undefined
      ? { kind: 'remove', path }
      : { kind: 'write', path, content: before, mode: FILE_MODE }
  return [{ reason, do: { kind: 'write', path, content, mode: FILE_MODE }, undo }]
}

function leasesStep(network: NetworkSpec, facts: HostFacts): Step {
  const path = leaseFile(facts.paths, network.name).replace(/\/[^/]*$/, '')
  return {
    reason: 'leases are kept across restarts, so that guests meet their addresses again',
    do: { kind: 'mkdir', path, mode: 0o755 },
    undo: noUndo('all networks keep their leases there'),
  }
}

function runStep(network: NetworkSpec, facts: HostFacts): Step {
  return {
    reason: `from here on the guests of ${network.name} get an answer`,
    do: runDnsmasq(network, facts),
    undo: signal(network, facts, 'TERM'),
  }
}

function endStep(network: NetworkSpec, facts: HostFacts): Step {
  return {
    reason: 'dnsmasq reads its configuration only when it starts; its leases stay',
    do: signal(network, facts, 'TERM'),
    undo: runDnsmasq(network, facts),
  }
}

/** Before the files change: the last of this that is taken back. */
function readyStep(network: NetworkSpec, facts: HostFacts): Step {
  return {
    reason: 'dnsmasq takes a signal to read again, now and when this is taken back',
    do: signal(network, facts, 'HUP'),
    undo: signal(network, facts, 'HUP'),
  }
}

function readStep(network: NetworkSpec, facts: HostFacts): Step {
  return {
    reason: 'dnsmasq reads who is known again, and nobody is cut off',
    do: signal(network, facts, 'HUP'),
    undo: noUndo('it reads again once the files are as before'),
  }
}

function runDnsmasq(network: NetworkSpec, facts: HostFacts): Action {
  const { conf, alive } = dnsmasqFiles(facts.paths, network.name)
  return { ...run('dnsmasq', `--conf-file=${conf}`), drops: alive }
}

function signal(network: NetworkSpec, facts: HostFacts, name: 'HUP' | 'TERM'): SignalAction {
  const { conf, pid } = dnsmasqFiles(facts.paths, network.name)
  return { kind: 'signal', pidFile: pid, match: conf, signal: name, waitMs: STOP_WAIT_MS }
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}
