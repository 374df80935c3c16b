/** What a machine made from a cloud image is told at its first boot: who it is, who may log in, how its NICs get their addresses. */
import type { MacAddress } from '../address/mac.ts'
import type { VmSpec } from './spec.ts'

export interface CloudInitSpec {
  /** The account that may log in: the image's own default user, by this name. */
  readonly user: string
  /** Public keys of whoever may log in as that user. */
  readonly sshKeys: readonly string[]
  /** Absent: the machine's name. */
  readonly hostName?: string
  /** Somebody's own, handed on as it is. It may hold secrets. */
  readonly userData?: string
}

/** How one NIC gets its addresses, by what weft knows of its network. */
export interface NicAddressing {
  readonly mac: MacAddress
  readonly dhcp4: boolean
  readonly dhcp6: boolean
  /** Fixed ones, `192.168.122.50/24`. */
  readonly addresses: readonly string[]
  readonly gateways: readonly string[]
  readonly nameServers: readonly string[]
}

export type SeedFileName = 'meta-data' | 'user-data' | 'vendor-data' | 'network-config'

/** A user cloud-init may make on an image weft knows nothing of. */
export const DEFAULT_USER = 'weft'

/** The label and the names by which cloud-init's NoCloud knows a seed. */
export const SEED_LABEL = 'CIDATA'

type Seeded = Pick<VmSpec, 'name' | 'uuid'> & { readonly cloudInit: CloudInitSpec }

/** A machine's name may have signs that a host name may not. */
export function hostNameOf({ name, cloudInit }: Pick<VmSpec, 'name' | 'cloudInit'>): string {
  if (cloudInit?.hostName !== undefined) return cloudInit.hostName
  return name.replace(/[^A-Za-z0-9-]+/g, '-').replace(/^-+|-+$/g, '')
}

export function seedFiles(
  spec: Seeded,
  nics: readonly NicAddressing[],
): Readonly<Record<SeedFileName, string>> {
  return {
    'meta-data': metaData(spec),
    'user-data': spec.cloudInit.userData ?? '#cloud-config\n',
    'vendor-data': vendorData(spec.cloudInit),
    'network-config': networkConfig(nics),
  }
}

/**
 * The keys stand here and not among user-data: here cloud-init adds them to whatever somebody's own user-data says, there one list
 * would replace the other. A clone has another UUID, and so makes host keys of its own.
 */
function metaData(spec: Seeded): string {
  const keys = spec.cloudInit.sshKeys.map((key) => `  - ${quote(key)}`)
  return lines([
    `instance-id: ${quote(spec.uuid)}`,
    `local-hostname: ${quote(hostNameOf(spec))}`,
    ...(keys.length === 0 ? [] : ['public-keys:', ...keys]),
  ])
}

/** What somebody's own user-data says wins over this. */
function vendorData({ user }: CloudInitSpec): string {
  // Else cloud-init puts a command before root's keys that only says "log in as somebody else".
  const root = user === 'root' ? ['disable_root: false'] : []
  return lines(['#cloud-config', `user: ${quote(user)}`, ...root])
}

/** Version 2, as netplan has it. NICs are known by their MAC: their names are the guest's affair. */
function networkConfig(nics: readonly NicAddressing[]): string {
  const entries = nics.flatMap((nic, i) => [
    `  nic${String(i)}:`,
    ...nicLines(nic).map((line) => `    ${line}`),
  ])
  return lines(['version: 2', nics.length === 0 ? 'ethernets: {}' : 'ethernets:', ...entries])
}

function nicLines(nic: NicAddressing): string[] {
  const list = (key: string, values: readonly string[]): string[] =>
    values.length === 0 ? [] : [`${key}: [${values.map(quote).join(', ')}]`]
  const hasAny = nic.dhcp4 || nic.dhcp6 || nic.addresses.length > 0
  return [
    'match:',
    `  macaddress: ${quote(nic.mac)}`,
    `dhcp4: ${String(nic.dhcp4)}`,
    ...(nic.dhcp6 ? ['dhcp6: true'] : []),
    ...list('addresses', nic.addresses),
    ...nic.gateways.map((gateway) => `${gateway.includes(':') ? 'gateway6' : 'gateway4'}: ${quote(gateway)}`),
    ...(nic.nameServers.length === 0 ? [] : ['nameservers:', ...list('  addresses', nic.nameServers)]),
    // Nobody gives it an address: the guest's boot must not wait for one.
    ...(hasAny ? [] : ['optional: true']),
  ]
}

/** Strings of JSON are strings of YAML. */
const quote = (text: string): string => JSON.stringify(text)
const lines = (all: readonly string[]): string => `${all.join('\n')}\n`

/** For files and messages that others may read. */
export function withoutSecrets(spec: VmSpec): VmSpec {
  if (spec.cloudInit === undefined) return spec
  const { user, sshKeys, hostName } = spec.cloudInit
  return { ...spec, cloudInit: { user, sshKeys, ...(hostName === undefined ? {} : { hostName }) } }
}

export const holdsSecrets = (spec: Pick<VmSpec, 'cloudInit'>): boolean =>
  spec.cloudInit?.userData !== undefined
