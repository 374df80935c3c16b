/** What a machine made from a cloud image is told at its first boot: who it is, who may log in, how its NICs get their addresses. */
import type { MacAddress } from '../address/mac.ts'
import type { ShareSpec } from './hardware-spec.ts'
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
}

export type SeedFileName = 'meta-data' | 'user-data' | 'vendor-data' | 'network-config'

/** A user cloud-init may make on an image weft knows nothing of. */
export const DEFAULT_USER = 'weft'

/** What somebody asks for: the rest is chosen. */
export type CloudInitDraft = Partial<CloudInitSpec>

/** Machines made from an image are told things in any case. The image's own user is known of those in the catalogue. */
export function cloudInitFromDraft(
  draft: CloudInitDraft | undefined,
  image: { readonly user?: string } | undefined,
): CloudInitSpec | undefined {
  if (draft === undefined && image === undefined) return undefined
  return { sshKeys: [], ...draft, user: draft?.user ?? image?.user ?? DEFAULT_USER }
}

/** The label and the names by which cloud-init's NoCloud knows a seed. */
export const SEED_LABEL = 'CIDATA'

type Seeded = Pick<VmSpec, 'name' | 'uuid' | 'shares'> & { readonly cloudInit: CloudInitSpec }

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
    'user-data': spec.cloudInit.userData ?? '',
    'vendor-data': vendorData(spec),
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
function vendorData({ cloudInit: { user }, shares = [] }: Seeded): string {
  // Else cloud-init puts a command before root's keys that only says "log in as somebody else".
  const root = user === 'root' ? ['disable_root: false'] : []
  const mounts = shares.flatMap(mountLine)
  const all = mounts.length === 0 ? [] : ['mounts:', ...mounts]
  return lines(['#cloud-config', 'user:', `  name: ${quote(user)}`, ...root, ...all])
}

/** A line of fstab each, made at the first boot; the guest boots whether the share is there or not. */
function mountLine({ tag, kind, mountPoint, isReadOnly }: ShareSpec): string[] {
  if (mountPoint === undefined) return []
  const options = [
    ...(kind === '9p' ? ['trans=virtio', 'version=9p2000.L', 'msize=524288'] : ['defaults']),
    ...(isReadOnly === true ? ['ro'] : []),
    'nofail',
  ]
  return [`  - [${[tag, mountPoint, kind, options.join(','), '0', '0'].map(quote).join(', ')}]`]
}

/** Version 2, as netplan has it. NICs are known by their MAC: their names are the guest's affair. */
function networkConfig(nics: readonly NicAddressing[]): string {
  const entries = nics.flatMap((nic, i) => [
    `  nic${String(i)}:`,
    ...nicLines(nic).map((line) => `    ${line}`),
  ])
  return lines(['version: 2', nics.length === 0 ? 'ethernets: {}' : 'ethernets:', ...entries])
}

/** Where nobody gives it an address, the guest's boot must not wait for one. */
function nicLines({ mac, dhcp4, dhcp6 }: NicAddressing): string[] {
  return [
    'match:',
    `  macaddress: ${quote(mac)}`,
    `dhcp4: ${String(dhcp4)}`,
    ...(dhcp6 ? ['dhcp6: true'] : []),
    ...(dhcp4 || dhcp6 ? [] : ['optional: true']),
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
