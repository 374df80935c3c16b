/** What is there, as a lab's file could have it: networks, machines, and the bare bridges and TAPs of this host. */
import { WeftError } from '../../core/errors.ts'
import { bareLinks, NO_HOST_LINKS, type HostLinks } from '../../core/lab/host-links.ts'
import { activeNetworks, isActive, type SeenHost } from '../../core/network/seen.ts'
import type { NetworkSpec } from '../../core/network/spec.ts'
import { withoutSecrets } from '../../core/vm/cloud-init.ts'
import { networksOf } from '../../core/vm/nics.ts'
import { omit } from '../../core/vm/omit.ts'
import type { VmSpec } from '../../core/vm/spec.ts'
import { liveNetwork, lookAtNetworks } from '../live-network.ts'
import type { App } from '../ports.ts'

export interface ExportedLab {
  readonly name: string
  readonly networks: readonly ExportedNetwork[]
  readonly machines: readonly ExportedMachine[]
  readonly host: HostLinks
  /** What the file does not say. */
  readonly notes: readonly string[]
}

export interface ExportedNetwork {
  readonly spec: NetworkSpec
  readonly isStarted: boolean
  readonly autostart: boolean
}

export interface ExportedMachine {
  readonly spec: VmSpec
  readonly isStarted: boolean
}

/** A name is a lab's, a machine's (with its networks) or a network's; none: everything, bare links of the host too. */
export async function exportLab(app: App, names: readonly string[]): Promise<ExportedLab> {
  const seen = await lookAtNetworks(app)
  const known = [...new Set([...app.networks.list().map(({ spec }) => spec.name), ...activeNetworks(seen)])]
  const [only] = names.length === 1 ? names : []
  const lab = only === undefined ? undefined : app.labs.find(only)
  const chosen = names.length === 0 ? everything(app, known) : chosenBy(app, names, known)
  const machines = app.vms.list().filter(({ name }) => chosen.machines.has(name))
  const hasSecrets = machines.filter(({ cloudInit }) => cloudInit?.userData !== undefined)
  return {
    name: lab?.name ?? 'exported',
    networks: known
      .filter((name) => chosen.networks.has(name))
      .flatMap((name) => exportNetwork(app, seen, name) ?? []),
    machines: machines.map((spec) => ({
      spec: withoutSecrets(omit(spec, 'isTransient')),
      isStarted: app.machines.isRunning(spec.name),
    })),
    host: names.length === 0 ? bareLinks(seen.links) : NO_HOST_LINKS,
    notes: [
      ...hasSecrets.map(
        ({ name }) => `what machine '${name}' is told by cloud-init has secrets in it, and is left out`,
      ),
      ...machines.flatMap(({ name, disks }) =>
        disks.map(({ path }) => `machine '${name}' needs its disk '${path}' where this is applied`),
      ),
    ],
  }
}

interface Chosen {
  readonly networks: ReadonlySet<string>
  readonly machines: ReadonlySet<string>
}

const everything = (app: App, networks: readonly string[]): Chosen => ({
  networks: new Set(networks),
  machines: new Set(app.vms.list().map(({ name }) => name)),
})

function chosenBy(app: App, names: readonly string[], known: readonly string[]): Chosen {
  const networks = new Set<string>()
  const machines = new Set<string>()
  for (const name of names) {
    const lab = app.labs.find(name)
    const vm = app.vms.find(name)
    if (lab === undefined && vm === undefined && !known.includes(name))
      throw new WeftError('not-found', `no lab, machine or network is named '${name}'`, {
        hint: 'weft lab list; weft vm list; weft net list',
      })
    const members = lab ?? {
      networks: known.includes(name) ? [name] : [],
      machines: vm === undefined ? [] : [name],
    }
    for (const network of [
      ...members.networks,
      ...(lab === undefined && vm !== undefined ? networksOf(vm) : []),
    ])
      networks.add(network)
    for (const machine of members.machines) machines.add(machine)
  }
  return { networks, machines }
}

/** One without a definition as it runs; the others as they are defined. */
function exportNetwork(app: App, seen: SeenHost, name: string): ExportedNetwork | undefined {
  const stored = app.networks.find(name)
  const spec = stored?.spec ?? liveNetwork(app, seen, name)
  return spec && { spec, isStarted: isActive(seen, name), autostart: stored?.autostart === true }
}
