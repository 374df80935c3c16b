/** What is asked of a machine's guest: its agent answers, and where packets are enough, this host. */
import { networkAddresses } from '../../app/network-leases.ts'
import { vmAddresses, type VmAddress } from '../../app/vm-addresses.ts'
import { readLive } from '../../app/vm-state.ts'
import type { NetworkSpec } from '../../core/network/spec.ts'
import type { CallName } from '../wire/procedures.ts'
import { agentIn } from './ask-agent.ts'
import { fail } from './failures.ts'
import { runningMachine } from './find-machine.ts'
import { guestInfo, type RawFileSystem } from './guest-info.ts'
import type { Context, Handlers } from './handler.ts'

/** Guests write out what they have in memory before they hold still. */
const FREEZE_LIMIT_MS = 60_000
const NS_PER_SECOND = 1_000_000_000n

/** virDomainInterfaceAddressesSource. */
const SOURCES = ['lease', 'agent', 'arp'] as const
/** virDomainGetHostnameFlags. */
const BY_LEASE = 1
/** virDomainSetTimeFlags. */
const SYNC = 1
/** virDomainSetUserPasswordFlags. */
const ENCRYPTED = 1
/** virDomainAuthorizedSSHKeysSetFlags. */
const APPEND = 1
const REMOVE = 2

export const GUEST_HANDLERS = {
  DOMAIN_INTERFACE_ADDRESSES: async (context, { dom, source }) => {
    const name = runningMachine(context, dom)
    const kind = SOURCES[source]
    if (kind === undefined)
      throw fail('unsupportedArgument', 'qemu', `Unknown IP address data source ${String(source)}`)
    if (kind === 'agent') {
      const ask = await agentIn(context, dom)
      return { ifaces: (await ask<RawInterface[]>('guest-network-get-interfaces')).map(interfaceOf) }
    }
    return { ifaces: interfacesOf(context, await vmAddresses(context.app, name, kind)) }
  },
  DOMAIN_GET_HOSTNAME: async (context, { dom, flags }) => {
    if ((flags & BY_LEASE) !== 0) return { hostname: await leasedName(context, runningMachine(context, dom)) }
    const ask = await agentIn(context, dom)
    return { hostname: (await ask<{ 'host-name': string }>('guest-get-host-name'))['host-name'] }
  },
  DOMAIN_GET_TIME: async (context, { dom }) => {
    const ask = await agentIn(context, dom)
    const now = BigInt(await ask<number>('guest-get-time'))
    return { seconds: now / NS_PER_SECOND, nseconds: Number(now % NS_PER_SECOND) }
  },
  DOMAIN_SET_TIME: async (context, { dom, seconds, nseconds, flags }) => {
    const ask = await agentIn(context, dom)
    const time = Number(seconds * NS_PER_SECOND + BigInt(nseconds))
    await ask('guest-set-time', (flags & SYNC) === 0 ? { time } : undefined)
    return {}
  },
  DOMAIN_GET_FSINFO: async (context, { dom }) => {
    const ask = await agentIn(context, dom)
    const found = await ask<RawFileSystem[]>('guest-get-fsinfo')
    const info = found.map(({ mountpoint, name, type }) => ({
      mountpoint,
      name,
      fstype: type,
      dev_aliases: [],
    }))
    return { info, ret: info.length }
  },
  DOMAIN_GET_GUEST_INFO: async (context, { dom, types }) => ({
    params: await guestInfo(await agentIn(context, dom), types),
  }),
  DOMAIN_FSFREEZE: async (context, { dom, mountpoints }) => {
    const ask = await agentIn(context, dom)
    const some = mountpoints.length > 0
    const command = some ? 'guest-fsfreeze-freeze-list' : 'guest-fsfreeze-freeze'
    const filesystems = await ask<number>(command, some ? { mountpoints } : undefined, FREEZE_LIMIT_MS)
    return { filesystems }
  },
  DOMAIN_FSTHAW: async (context, { dom }) => {
    const ask = await agentIn(context, dom)
    return { filesystems: await ask<number>('guest-fsfreeze-thaw', undefined, FREEZE_LIMIT_MS) }
  },
  DOMAIN_FSTRIM: async (context, { dom, mountPoint, minimum }) => {
    if (mountPoint !== null && mountPoint !== '')
      throw fail('unsupportedArgument', 'qemu', 'Specifying mount point is not supported for now')
    const ask = await agentIn(context, dom)
    await ask('guest-fstrim', { minimum: Number(minimum) }, FREEZE_LIMIT_MS)
    return {}
  },
  DOMAIN_SET_USER_PASSWORD: async (context, { dom, user, password, flags }) => {
    const ask = await agentIn(context, dom)
    const crypted = (flags & ENCRYPTED) !== 0
    await ask('guest-set-user-password', {
      username: user ?? '',
      password: Buffer.from(password ?? '').toString('base64'),
      crypted,
    })
    return {}
  },
  DOMAIN_AUTHORIZED_SSH_KEYS_GET: async (context, { dom, user }) => {
    const ask = await agentIn(context, dom)
    return ask<{ keys: string[] }>('guest-ssh-get-authorized-keys', { username: user })
  },
  DOMAIN_AUTHORIZED_SSH_KEYS_SET: async (context, { dom, user, keys, flags }) => {
    const ask = await agentIn(context, dom)
    if ((flags & REMOVE) !== 0) await ask('guest-ssh-remove-authorized-keys', { username: user, keys })
    else await ask('guest-ssh-add-authorized-keys', { username: user, keys, reset: (flags & APPEND) === 0 })
    return {}
  },
} as const satisfies Partial<Handlers<Extract<CallName, `DOMAIN_${string}`>>>

/** As the agent tells it. */
interface RawInterface {
  readonly name: string
  readonly 'hardware-address'?: string
  readonly 'ip-addresses'?: readonly {
    readonly 'ip-address': string
    readonly 'ip-address-type': 'ipv4' | 'ipv6'
    readonly prefix: number
  }[]
}

interface Interface {
  readonly name: string
  readonly hwaddr: string | null
  readonly addrs: { type: number; addr: string; prefix: number }[]
}

const interfaceOf = ({
  name,
  'hardware-address': mac,
  'ip-addresses': addresses = [],
}: RawInterface): Interface => ({
  name,
  hwaddr: mac ?? null,
  addrs: addresses.map((each) => ({
    type: Number(each['ip-address-type'] === 'ipv6'),
    addr: each['ip-address'],
    prefix: each.prefix,
  })),
})

/** One for each NIC that has an address. */
function interfacesOf({ app }: Context, addresses: readonly VmAddress[]): Interface[] {
  const found = new Map<string, Interface>()
  for (const { mac, interface: name = '', network, ip, source } of addresses) {
    const known = found.get(mac) ?? { name, hwaddr: mac, addrs: [] }
    const spec = source === 'lease' ? app.networks.find(network)?.spec : undefined
    known.addrs.push({ type: Number(ip.includes(':')), addr: ip, prefix: prefixOf(spec, ip) })
    found.set(mac, known)
  }
  return [...found.values()]
}

/** The neighbour table knows none: 0, as in libvirt. */
function prefixOf(spec: NetworkSpec | undefined, ip: string): number {
  const family = ip.includes(':') ? 'ipv6' : 'ipv4'
  return spec?.ips.find((each) => each.family === family)?.cidr.prefix ?? 0
}

async function leasedName({ app }: Context, name: string): Promise<string> {
  const live = await readLive(app, name)
  for (const { network, mac } of live?.spec.nics ?? []) {
    const held = await networkAddresses(app, network).catch(() => [])
    const named = held.find((each) => each.isLeased && each.mac === mac && each.hostName !== undefined)
    if (named?.hostName !== undefined) return named.hostName
  }
  throw fail('noHostName', 'qemu', `no hostname found for domain ${name}`)
}
