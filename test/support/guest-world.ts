/** Networks with namespaces as guests, two hosts outside behind two links of this host, and who reaches whom among them. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { executePlan } from '../../src/app/execute-plan.ts'
import { lookAtNetworks } from '../../src/app/live-network.ts'
import type { App } from '../../src/app/ports.ts'
import type { InterfaceName } from '../../src/core/address/interface-name.ts'
import type { Ipv4Address } from '../../src/core/address/ipv4.ts'
import type { MacAddress } from '../../src/core/address/mac.ts'
import { planNamespacePlug } from '../../src/core/network/bridge/plan-port.ts'
import { portsOf, type NamespacePort } from '../../src/core/network/port.ts'
import { planNetworkStart } from '../../src/core/network/plan-start.ts'
import { planNetworkStop } from '../../src/core/network/plan-stop.ts'
import type { NetworkSpec } from '../../src/core/network/spec.ts'
import { run } from './real-app.ts'

export async function startNetwork(
  app: App,
  wanted: NetworkSpec,
  others: readonly NetworkSpec[],
): Promise<void> {
  const seen = await lookAtNetworks(app, [wanted.name])
  await executePlan(app, planNetworkStart(wanted, seen, app.facts, others), 'test')
}

export async function stopNetworks(app: App, networks: readonly NetworkSpec[]): Promise<void> {
  for (const [index, live] of networks.entries()) {
    const seen = await lookAtNetworks(app, [live.name])
    await executePlan(app, planNetworkStop(live, seen, app.facts, networks.slice(index + 1)), 'test')
  }
}

/** A namespace `NETWORK-LETTER`, plugged in; `index` numbers networks for MACs and link names. */
export async function plugGuest(
  app: App,
  live: NetworkSpec,
  [index, letter]: readonly [number, string],
  more: Partial<NamespacePort> & { readonly ip?: Ipv4Address },
): Promise<string> {
  const name = `${live.name}-${letter}`
  run('ip', 'netns', 'add', name)
  const seen = await lookAtNetworks(app, [live.name])
  const port: NamespacePort = {
    network: live.name,
    interface: `vport${String(index)}${letter}` as InterfaceName,
    mac: `52:54:00:00:${index.toString(16).padStart(2, '0')}:0${letter}` as MacAddress,
    hostName: name,
    portName: name,
    namespace: { name },
    insideName: 'eth0' as InterfaceName,
    ...more,
  }
  const ports = portsOf(live.name, seen, app.facts)
  await executePlan(app, planNamespacePlug(port, live, ports, seen, app.facts), 'test')
  return name
}

const servers: ChildProcess[] = []

/** Answers in these namespaces from here on; '' is this host. */
export async function serveEcho(namespaces: readonly string[]): Promise<void> {
  await Promise.all(
    namespaces.map(async (name) => {
      const [program = '', ...args] = inside(name, 'echo-server.ts')
      const server = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
      servers.push(server)
      await once(server.stdout, 'data')
    }),
  )
}

export function stopEcho(): void {
  for (const server of servers.splice(0)) server.kill()
}

/** Address → `tcp allow, udp drop`. */
export async function probe(from: string, addresses: readonly string[]): Promise<Record<string, string>> {
  const [program = '', ...args] = [...inside(from, 'probe.ts'), ...addresses]
  const { stdout } = await promisify(execFile)(program, args)
  return JSON.parse(stdout) as Record<string, string>
}

/**
 * Several at once: to be refused takes as long as the patience of who asks. On a machine with much else to do an answer may take longer
 * than that: silence is believed at the second time.
 */
export async function ping(from: string, to: string): Promise<boolean> {
  const once = (seconds: number): Promise<boolean> => {
    const words = ['netns', 'exec', from, 'busybox', 'ping', '-c1', `-W${String(seconds)}`, to]
    return promisify(execFile)('ip', words).then(
      () => true,
      () => false,
    )
  }
  return (await once(1)) || (await once(5))
}

function inside(namespace: string, script: string): string[] {
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', join(import.meta.dirname, script)]
  return namespace === '' ? node : ['ip', 'netns', 'exec', namespace, ...node]
}
