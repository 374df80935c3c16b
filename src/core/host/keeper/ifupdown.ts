/** A bridge over a NIC in the words of ifupdown: /etc/network/interfaces and what it sources, every line that is not about the NIC untouched. */
import type { Family } from '../uplink/seen-uplink.ts'
import {
  addressLines,
  isAddressLine,
  methodOf,
  ownOf,
  wantedOf,
  whyNotReaddressed,
} from './ifupdown-address.ts'
import { aliasOf, stanzaLines, type StanzaLine } from './ifupdown-lines.ts'
import { handClients } from './dhcp-client.ts'
import { withOptions } from './dhcpcd.ts'
import { describeAddress } from './kept-address.ts'
import { newClient, whyNoNewLease } from './new-lease.ts'
import { leasedResolver } from './resolver.ts'
import {
  UNTOLD,
  type FileChange,
  type Handing,
  type KeptBridge,
  type SeenClient,
  type SeenIfupdown,
  type SeenKeeper,
} from './seen-keeper.ts'

/** Whether ifupdown brings the NIC up. */
export function isIfupdowns({ files }: SeenIfupdown, nic: string): boolean {
  return files.some(({ content }) => stanzaLines(content).some((line) => beginsNic(line, nic)))
}

const beginsNic = ({ begins, words }: StanzaLine, nic: string): boolean =>
  begins && words[0] === 'iface' && words[1] === nic

export function handIfupdown(seen: SeenIfupdown, bridge: KeptBridge, host: SeenKeeper): Handing {
  const why = whyNot(seen, bridge, host)
  const none = { ...UNTOLD, keeper: 'ifupdown' }
  if (why !== undefined) return { ...none, refused: why }
  // The bridge is made where the NIC is met first.
  let isMade = false
  const changes = seen.files.flatMap(({ path, content, mode }): FileChange[] => {
    const lines = stanzaLines(content)
    const isFirst = !isMade && lines.some((line) => beginsNic(line, bridge.nic))
    const after = lines
      .map((line) => {
        if (isMade || !beginsNic(line, bridge.nic)) return editLine(line, bridge)
        isMade = true
        const cable = lines.filter((each) => isOfCable(each, bridge.nic)).map(({ text }) => text)
        return openBridge(line, bridge, { cable, isHotplugged: isHotplugged(seen, bridge.nic) })
      })
      .join('')
    const whole = isFirst ? after + newFamilies(seen, bridge, after) : after
    if (whole === content) return []
    return [{ path, before: content, after: whole, mode, reason: `${path} ${saysOf(bridge)}` }]
  })
  const client = newClient(seen, bridge, host.run)
  return {
    ...none,
    changes: [...changes, ...(client === undefined ? [] : leasedResolver(host))],
    states: ifupdownState(seen, bridge, 'add'),
    ...toBridge(seen, bridge, client),
  }
}

/** Clients of a family that gets another address end. One on the bridge would overwrite what the host is told of name servers. */
function toBridge(seen: SeenIfupdown, bridge: KeptBridge, fresh: SeenClient | undefined): Partial<Handing> {
  const { clients = [] } = seen
  const { nic, address = { dns: [] } } = bridge
  const own = clients.filter(({ link }) => link === nic).map((client) => withOptions(seen, client))
  if (own.length === 0 && fresh === undefined) return {}
  const stays = (family: Family): boolean =>
    family === 4 ? address.ipv4 === undefined || address.ipv4 === 'dhcp' : address.ipv6 === undefined
  const goesAlong = ({ families }: SeenClient): boolean => families.some(stays)
  const torn = own.find((client) => goesAlong(client) && !client.families.every(stays))
  if (torn !== undefined)
    return {
      refused: {
        message: `${torn.program} looks after IPv4 and IPv6 of '${nic}' at once, and only one of them gets another address`,
        hint: "say --address for both, or leave it away; or have it ask for one only: 'noipv6' in /etc/dhcpcd.conf, and ifdown and ifup",
      },
    }
  const along = own.filter(goesAlong)
  if ((along.length > 0 || fresh !== undefined) && address.dns.length > 0)
    return {
      refused: {
        message: `the DHCP client of '${bridge.bridge}' writes name servers of its own into /etc/resolv.conf`,
        hint: 'leave --dns away, or give the bridge fixed addresses of both families',
      },
    }
  const idle = own.filter((client) => !goesAlong(client))
  return handClients({ along, idle, fresh: fresh === undefined ? [] : [fresh] }, bridge)
}

const saysOf = ({ bridge, address }: KeptBridge): string =>
  address === undefined ? `says the same of ${bridge}` : `gives ${bridge} ${describeAddress(address)}`

/** A family that the NIC has no stanza for gets one, at the end. */
function newFamilies({ files }: SeenIfupdown, { bridge, nic, address }: KeptBridge, text: string): string {
  if (address === undefined) return ''
  const there = files.flatMap(({ content }) =>
    stanzaLines(content).flatMap((line) => (beginsNic(line, nic) ? [line.family] : [])),
  )
  return (['inet', 'inet6'] as const)
    .flatMap((family) => {
      const own = wantedOf(address, family)
      if (own === undefined || there.includes(family)) return []
      const lines = [`iface ${bridge} ${family} ${methodOf(own)}`, ...addressLines(own, address.dns)]
      return [`${text.endsWith('\n') ? '' : '\n'}\n${lines.join('\n')}\n`]
    })
    .join('')
}

/** The stanza of the NIC becomes the bridge's, and the NIC gets one without an address. */
function openBridge(
  line: StanzaLine,
  bridge: KeptBridge,
  { cable, isHotplugged }: { readonly cable: readonly string[]; readonly isHotplugged: boolean },
): string {
  const { bridge: name, nic, mac, mtu, hasIpv6 } = bridge
  const dev = `/sys/class/net/`
  const noneOfItsOwn = hasIpv6 ? [`    pre-up ip link set dev ${nic} addrgenmode none`] : []
  const ownMtu = mtu === 1500 ? '' : ` mtu ${String(mtu)}`
  return [
    `# ${name} is a bridge over ${nic}. Made by weft, which takes it away again: weft host bridge remove ${name}`,
    `iface ${nic} inet manual`,
    // Once up it would have a link-local address, and keep it.
    ...noneOfItsOwn,
    ...cable.map((text) => text.replace(/\n$/, '')),
    '',
    `auto ${name}`,
    openerOf(line, bridge),
    ...(isHotplugged
      ? [`    pre-up for tenth in $(seq 100); do [ -e ${dev}${nic} ] && break; sleep 0.1; done`]
      : []),
    `    pre-up [ -e ${dev}${name} ] || ip link add name ${name} address ${mac}${ownMtu} type bridge stp_state 0 forward_delay 0`,
    ...noneOfItsOwn,
    `    pre-up ip link set dev ${nic}${ownMtu} master ${name} up`,
    `    post-down ip link delete dev ${name}`,
    ...ownLines(line, bridge),
    '',
  ].join('\n')
}

function openerOf(line: StanzaLine, { bridge, address }: KeptBridge): string {
  const own = ownOf(line, address)
  const how = own === undefined ? line.words.slice(2) : [line.family, methodOf(own)]
  return ['iface', bridge, ...how].join(' ')
}

function ownLines(line: StanzaLine, { address }: KeptBridge): string[] {
  const own = ownOf(line, address)
  return own === undefined ? [] : addressLines(own, address?.dns ?? [])
}

/** What makes it the card that it is: its stanza without an address keeps it. */
function isOfCable({ stanza, begins, words: [keyword = ''] }: StanzaLine, nic: string): boolean {
  return !begins && stanza === `iface ${nic}` && /^(hwaddress$|(bond|vlan|ethernet|link)[-_])/.test(keyword)
}

function editLine(line: StanzaLine, kept: KeptBridge): string {
  const { bridge, nic, address } = kept
  const { text, stanza = '', begins, words } = line
  const [keyword = '', name] = words
  if (begins && keyword === 'iface') {
    const alias = aliasOf(name, nic)
    if (alias === '' && ownOf(line, address) !== undefined)
      return [openerOf(line, kept), ...ownLines(line, kept), ''].join('\n')
    return alias === undefined ? text : text.replace(`${nic}${alias}`, `${bridge}${alias}`)
  }
  // `auto eth0` stays: it has a stanza of its own. An alias goes along.
  if (begins) return text.replace(new RegExp(`(?<=\\s)${escaped(nic)}(?=:)`, 'g'), bridge)
  if (aliasOf(stanza.replace(/^iface /, ''), nic) === undefined) return text
  if (isOfCable(line, nic)) return ''
  if (address !== undefined && ownOf(line, address) !== undefined && isAddressLine(line, address)) return ''
  return renameIn(text, words, { bridge, nic })
}

const COMMANDS = /^(pre-up|up|post-up|down|pre-down|post-down)$/

/** Commands about the cable stay with the cable. */
function renameIn(
  text: string,
  [keyword = '', ...command]: readonly string[],
  { bridge, nic }: Pick<KeptBridge, 'bridge' | 'nic'>,
): string {
  if (!COMMANDS.test(keyword)) return text
  const isOfDevice =
    command.some((word) => /^(.*\/)?(ethtool|tc|mii-tool)$/.test(word)) || /\bip link\b/.test(text)
  return isOfDevice
    ? text.replace(/\$\{?IFACE\b\}?/g, nic)
    : text.replace(new RegExp(`(?<![\\w.:-])${escaped(nic)}(?![\\w.-])`, 'g'), bridge)
}

const escaped = (text: string): string => text.replace(/[.+]/g, '\\$&')

function isHotplugged({ files }: SeenIfupdown, nic: string): boolean {
  return files.some(({ content }) =>
    stanzaLines(content).some(
      ({ begins, words: [keyword, ...names] }) =>
        begins && keyword === 'allow-hotplug' && names.includes(nic),
    ),
  )
}

/** `ifdown br0` works without a reboot in between, and not when the bridge has gone. */
export function ifupdownState(
  { state }: SeenIfupdown,
  { bridge, nic }: Pick<KeptBridge, 'bridge' | 'nic'>,
  verb: 'add' | 'remove',
): FileChange[] {
  const lines = state?.content.split('\n') ?? []
  if (state === undefined || !lines.some((line) => line.startsWith(`${nic}=`))) return []
  const [from, to] = verb === 'add' ? [nic, bridge] : [bridge, nic]
  const after = lines
    .flatMap((line) => {
      const alias = aliasOf(line.split('=')[0], from)
      if (alias === undefined) return [line]
      const moved = `${to}${alias}=${to}${alias}`
      if (alias !== '') return [moved]
      return verb === 'add' ? [line, moved] : []
    })
    .join('\n')
  const { path, content, mode } = state
  if (after === content) return []
  const reason =
    verb === 'add'
      ? `ifupdown takes ${bridge} for one that it has brought up`
      : `ifupdown knows of no ${bridge} any more`
  return [{ path, before: content, after, mode, reason }]
}

const METHODS = ['static', 'manual', 'dhcp', 'auto', 'loopback']

function whyNot(seen: SeenIfupdown, kept: KeptBridge, host: SeenKeeper): Handing['refused'] {
  const { files } = seen
  const { nic, bridge } = kept
  const all = files.flatMap(({ path, content }) => stanzaLines(content).map((line) => ({ ...line, path })))
  const mapped = all.find(({ begins, words }) => begins && /^(mapping|rename)$/.test(words[0] ?? ''))
  if (mapped !== undefined)
    return {
      message: `${mapped.path} has a '${mapped.words[0] ?? ''}', which gives NICs other stanzas while they come up`,
      hint: `write 'iface ${nic}' there without it`,
    }
  const taken = all.find(({ begins, words }) => begins && words[0] === 'iface' && words[1] === bridge)
  if (taken !== undefined)
    return { message: `${taken.path} has an 'iface ${bridge}' already`, hint: 'choose another name' }
  const odd = all.find((line) => beginsNic(line, nic) && !METHODS.includes(line.words[3] ?? ''))
  if (odd !== undefined)
    return {
      message: `${odd.path} brings '${nic}' up as '${odd.words[3] ?? ''}', which weft does not know`,
      hint: `weft knows ${METHODS.slice(0, 4).join(', ')}`,
    }
  const radio = all.find(
    ({ stanza, words }) => stanza === `iface ${nic}` && /^(wpa|wireless)[-_]/.test(words[0] ?? ''),
  )
  if (radio !== undefined)
    return {
      message: `${radio.path} has '${nic}' log in to a network of its own`,
      hint: 'a network of mode nat works over it',
    }
  if (kept.address === undefined) return undefined
  return whyNotReaddressed(seen, kept, kept.address) ?? whyNoNewLease(seen, kept, host)
}
