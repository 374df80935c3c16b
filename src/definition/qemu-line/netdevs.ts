/** The host's end of a NIC: which of weft's networks stands for it. */
import { tell } from './account.ts'
import type { NicDefinition } from '../../core/vm/definition.ts'
import type { LineOption, LineReader } from './line-options.ts'
import type { OptionValues } from './option-values.ts'

export interface Plug {
  readonly plug: NicDefinition['plug']
  readonly what: string
}

/** Where guests go that QEMU would have translated the addresses of. */
export const DEFAULT = 'default'

/** What QEMU takes where no bridge is named. */
const USUAL_BRIDGE = 'br0'

const INSTEAD: Readonly<Record<string, string>> = {
  socket: 'machines on one network of weft reach each other: -netdev user',
  stream: 'machines on one network of weft reach each other: -netdev user',
  dgram: 'machines on one network of weft reach each other: -netdev user',
  vde: 'a network of weft is such a switch: -netdev user',
  'vhost-user': 'weft has no such switch: -netdev user',
  'vhost-vdpa': 'weft hands no NIC of the host to a guest: -netdev user',
  l2tpv3: 'weft makes no tunnels: -netdev user',
  hubport: 'plug NICs into one network: -netdev user',
}

export function readPlug(reader: LineReader, option: LineOption, type: string, values: OptionValues): Plug {
  switch (type) {
    case 'user':
      return readUser(reader, option, values)
    case 'tap':
    case 'bridge':
      return readTap(reader, type, values)
    default:
      reader.refuse(
        option.value,
        `weft has no netdev of type '${type}'`,
        Object.hasOwn(INSTEAD, type) ? (INSTEAD[type] ?? '') : 'user, tap or bridge',
      )
      values.drop(/./)
      return { plug: { network: DEFAULT }, what: '' }
  }
}

/** The guest has an address of its own there, which this host reaches without anything being forwarded. */
function readUser(reader: LineReader, option: LineOption, values: OptionValues): Plug {
  for (const word of values.takeAll('hostfwd')) {
    const [, protocol = 'tcp', hostPort = '', guestPort = ''] =
      /^(tcp|udp)?:[^:]*:(\d+)-[^:]*:(\d+)$/.exec(word) ?? []
    if (guestPort === '') {
      reader.refuse(option.value, `'hostfwd=${word}' is no forwarding`, 'hostfwd=tcp::2222-:22')
      continue
    }
    const reached = guestPort === '22' ? 'weft ssh reaches it there' : 'weft vm show says which'
    const what = `port ${hostPort} of this host is not forwarded: ${protocol} port ${guestPort} is at the guest's own address, ${reached}`
    reader.account.push(tell('left-out', [{ ...option.value, text: `hostfwd=${word}` }], what))
  }
  for (const key of ['guestfwd', 'smb', 'tftp', 'bootfile', 'restrict']) {
    const value = values.take(key)
    if (value === undefined || (key === 'restrict' && /^(off|no|n)$/.test(value))) continue
    const hint = key === 'restrict' ? 'an isolated network: weft net define' : 'leave it out to do without'
    reader.refuse(option.value, `a network of weft has no '${key}=${value}'`, hint)
  }
  values.drop(
    /^(net|host|dhcpstart|dns|dnssearch|domainname|hostname|ipv[46]|ipv6-(net|host|prefix|prefixlen|dns)|tftp-server-name)$/,
  )
  return {
    plug: { network: DEFAULT },
    what: `on network '${DEFAULT}', whose guests reach the outside through this host`,
  }
}

function readTap(reader: LineReader, type: 'tap' | 'bridge', values: OptionValues): Plug {
  const [ifname, named] = [values.take('ifname'), values.take('br')]
  values.drop(
    /^(script|downscript|helper|vhost|vhostforce|vhostfds?|vhost-\w+|queues|fds?|sndbuf|vnet_hdr|poll-us)$/,
  )
  const bridge =
    named ??
    (ifname === undefined ? undefined : reader.bridgeOf(ifname)) ??
    (type === 'bridge' ? USUAL_BRIDGE : undefined)
  if (bridge !== undefined)
    return { plug: { bridge }, what: `on the network of bridge '${bridge}'; weft makes the TAP itself` }
  const which = ifname === undefined ? 'the TAP is plugged into' : `'${ifname}' is plugged into`
  return {
    plug: { network: DEFAULT },
    what: `on network '${DEFAULT}', since nothing says which bridge ${which} (--net NETWORK); weft makes the TAP itself`,
  }
}
