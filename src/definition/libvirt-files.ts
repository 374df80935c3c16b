/** The files of a libvirt installation, read: each for itself, so that one that is refused keeps none of the others back. */
import type { Ipv4Address } from '../core/address/ipv4.ts'
import type { MacAddress } from '../core/address/mac.ts'
import { WeftError } from '../core/errors.ts'
import type { FoundMachine, FoundNetwork, Installation, Stranger } from '../core/lab/installation.ts'
import type { NicDefinition } from '../core/vm/definition.ts'
import { escapeXml } from '../libvirt/xml/element-shape.ts'
import { readVmImport } from './import.ts'
import { readForeignLeases } from './libvirt-leases.ts'
import { readLibvirtPool, rootOf, withPoolPaths } from './libvirt-pools.ts'
import { isStockFilter, readLibvirtFilter, readLibvirtSecret } from './libvirt-secrets.ts'
import { readNetworkDefinition } from './network.ts'

export interface LibvirtFile {
  /** Below libvirt's directory: `qemu/web.xml`, `qemu/networks/default.xml`, `storage/images.xml`. */
  readonly path: string
  readonly text: string
  /** There is a link in the directory `autostart` beside it. */
  readonly autostart?: boolean
  /** What a secret says, in base64. */
  readonly value?: string
}

export interface LibvirtInstallation {
  readonly files: readonly LibvirtFile[]
  /** Texts of the files in which libvirt's dnsmasq keeps who had which address. */
  readonly leases?: readonly string[]
  /** Names of what runs now. */
  readonly running?: { readonly machines: readonly string[]; readonly networks: readonly string[] }
  /** What libvirt has of machines besides definitions: `2 snapshots`, by their names. */
  readonly besides?: readonly { readonly machine: string; readonly what: string }[]
}

export async function readLibvirtInstallation(given: LibvirtInstallation): Promise<Installation> {
  const { files, running } = given
  const of = (folder: string): LibvirtFile[] =>
    files.filter(({ path }) => path.slice(0, path.lastIndexOf('/')) === folder)
  const strangers: Stranger[] = []
  const networks = await each(of('qemu/networks'), 'network', strangers, async (file) => {
    const draft = await readNetworkDefinition(file.text, { format: 'xml', source: file.path })
    return found(file, { draft, isRunning: running?.networks.includes(draft.name) === true })
  })
  const pools = await each(of('storage'), 'pool', strangers, (file) => readLibvirtPool(file.text))
  const addresses = (given.leases ?? []).reduce(readForeignLeases, new Map<MacAddress, Ipv4Address>())
  const machines = await each(of('qemu'), 'machine', strangers, async (file) => {
    const text = { text: file.text, from: 'libvirt' as const, source: file.path }
    const { definition, rest, what, notes } = await readVmImport(text)
    const { name } = definition
    const left = (given.besides ?? []).filter(({ machine }) => machine === name)
    return {
      definition: withPoolPaths(definition, pools),
      rest,
      what,
      autostart: file.autostart === true,
      notes: [...notes, ...left.map(({ what: thing }) => `without its ${thing}, which stay with libvirt`)],
      isRunning: running?.machines.includes(name) === true,
      addresses,
    }
  })
  const filters = await each(of('nwfilter'), 'filter', strangers, ({ text }) => readLibvirtFilter(text))
  const secrets = await each(of('secrets'), 'secret', strangers, ({ text, value }) =>
    readLibvirtSecret(text, value),
  )
  const devices = await Promise.all(of('qemu').map(({ text }) => devicesIn(text)))
  const bridges = await bridgesOf(networks, machines, new Map(devices.flat()))
  return {
    from: 'libvirt',
    networks: [...networks, ...bridges],
    pools: pools.map(({ name, path, notes }) => ({ name, path, notes })),
    machines,
    filters: filters.filter((filter) => !isStockFilter(filter)),
    secrets,
    strangers: [...strangers, ...(await otherFiles(files))],
  }
}

const found = (
  { autostart = false }: LibvirtFile,
  rest: Pick<FoundNetwork, 'draft' | 'isRunning'>,
): FoundNetwork => ({ autostart, notes: [], ...rest })

async function each<T>(
  files: readonly LibvirtFile[],
  kind: Stranger['kind'],
  strangers: Stranger[],
  read: (file: LibvirtFile) => Promise<T>,
): Promise<T[]> {
  const all: T[] = []
  for (const file of files) {
    try {
      all.push(await read(file))
    } catch (error) {
      if (!(error instanceof WeftError)) throw error
      const { problems, message, hint } = error
      const told = problems.map(({ path, message: text, line, hint: advice }) =>
        [`line ${String(line ?? 1)}: ${path}: ${text}`, advice]
          .filter((part) => part !== undefined)
          .join('; '),
      )
      const why = told.length > 0 ? told : [hint === undefined ? message : `${message}; ${hint}`]
      strangers.push({ kind, name: await nameIn(file), why })
    }
  }
  return all
}

/** As its text says, where it can be read so far. */
async function nameIn({ text, path }: LibvirtFile): Promise<string> {
  const root = await rootOf(text)
  const named = root?.children.find(({ name }) => name === 'name')?.text.trim()
  const attribute = root?.attributes.find(({ name }) => name === 'name')?.value
  return named ?? attribute ?? path.slice(path.lastIndexOf('/') + 1).replace(/\.xml$/, '')
}

/** NICs of the host that machines are on directly, with the mode; libvirt's own default is vepa. */
async function devicesIn(text: string): Promise<[string, string][]> {
  const devices = (await rootOf(text))?.children.find(({ name }) => name === 'devices')
  return (devices?.children ?? []).flatMap((nic): [string, string][] => {
    const type = nic.attributes.find(({ name }) => name === 'type')?.value
    if (nic.name !== 'interface' || type !== 'direct') return []
    const source = nic.children.find(({ name }) => name === 'source')?.attributes
    const dev = source?.find(({ name }) => name === 'dev')?.value
    const mode = source?.find(({ name }) => name === 'mode')?.value ?? 'vepa'
    return dev === undefined ? [] : [[dev, mode]]
  })
}

/** NICs on bridges of the host are on networks here: one is made of each bridge that no network has. */
async function bridgesOf(
  networks: readonly FoundNetwork[],
  machines: readonly FoundMachine[],
  devices: ReadonlyMap<string, string>,
): Promise<FoundNetwork[]> {
  const known = new Set(
    networks.flatMap(({ draft }) => [draft.bridge?.name, draft.hostBridge, ...(draft.devices ?? [])]),
  )
  const names = new Set(networks.map(({ draft }) => draft.name))
  const bridgeOf = ({ plug }: NicDefinition): string[] => ('bridge' in plug ? [plug.bridge] : [])
  const bridges = machines.flatMap(({ definition }) => definition.nics.flatMap(bridgeOf))
  const missing = [...new Set(bridges)].filter((bridge) => !known.has(bridge))
  return Promise.all(
    missing.map(async (bridge) => {
      const name = names.has(bridge) ? `${bridge}-of-host` : bridge
      const mode = devices.get(bridge)
      const on = escapeXml(bridge)
      const parts =
        mode === undefined
          ? `<forward mode='bridge'/><bridge name='${on}'/>`
          : `<forward mode='${escapeXml(mode)}'><interface dev='${on}'/></forward>`
      const text = `<network><name>${escapeXml(name)}</name>${parts}</network>`
      const draft = await readNetworkDefinition(text, { format: 'xml', source: bridge })
      const kind = mode === undefined ? 'bridge' : 'NIC'
      const note = `made for the machines that are on this host's own ${kind} ${bridge}`
      return { draft, autostart: false, notes: [note], isRunning: false }
    }),
  )
}

/** Machines that weft cannot run. */
async function otherFiles(files: readonly LibvirtFile[]): Promise<Stranger[]> {
  const all: Stranger[] = []
  for (const file of files) {
    const driver = /^(lxc|libxl|bhyve|ch)\/[^/]+$/.exec(file.path)?.[1]
    if (driver === undefined) continue
    const why = [`it is one of libvirt's ${driver} driver; weft runs QEMU`]
    all.push({ kind: 'machine', name: await nameIn(file), why })
  }
  return all
}
