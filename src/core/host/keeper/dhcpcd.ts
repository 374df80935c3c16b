/** dhcpcd, one for each link as ifupdown starts it: how it begins on a link with the lease that it had on another. */
import { shellJoin } from '../../plan/shell-quote.ts'
import { stanzaLines } from './ifupdown-lines.ts'
import type { Handing, KeptBridge, SeenClient, SeenIfupdown, SeenKeeper } from './seen-keeper.ts'

/** It says of itself on which link it is, not how it was started: that is what ifupdown makes of the stanza. */
export function withOptions({ files }: SeenIfupdown, client: SeenClient): SeenClient {
  if (client.program !== 'dhcpcd') return client
  const options = files.flatMap(({ content }) =>
    stanzaLines(content).flatMap(({ begins, stanza, family, words: [keyword = '', ...value] }) => {
      const option =
        begins || stanza !== `iface ${client.link}` || family !== 'inet' ? undefined : OPTIONS[keyword]
      return option === undefined ? [] : [option, value.join(' ')]
    }),
  )
  return { ...client, argv: [...options, ...client.argv] }
}

/** One that looks after all links would look after the bridge as well; one that takes its addresses along when it ends cannot be moved. */
export function whyNotDhcpcd(
  { dhcpcd, ifupdown }: SeenKeeper,
  { bridge, nic }: Pick<KeptBridge, 'bridge' | 'nic'>,
): Handing['refused'] {
  if (dhcpcd === undefined) return undefined
  const { isManager, settings } = dhcpcd
  if (isManager && !/^\s*(allow|deny)interfaces\s/m.test(settings))
    return {
      message: `dhcpcd looks after all links of this host: it would ask for addresses on '${bridge}' and on '${nic}' alike`,
      hint: `'denyinterfaces ${nic} ${bridge}' in /etc/dhcpcd.conf, and 'iface ${nic} inet dhcp' in /etc/network/interfaces: ifupdown's own dhcpcd goes along`,
    }
  const isOn = ifupdown?.clients?.some(({ program, link }) => program === 'dhcpcd' && link === nic) === true
  if (!isOn || /^\s*persistent\b/m.test(settings)) return undefined
  return {
    message: `dhcpcd takes its addresses along when it ends: /etc/dhcpcd.conf has no 'persistent'`,
    hint: `echo persistent >>/etc/dhcpcd.conf; ifdown ${nic}; ifup ${nic}`,
  }
}

const OPTIONS: Readonly<Record<string, string>> = {
  hostname: '-h',
  vendor: '-i',
  client: '-I',
  leasetime: '-l',
  metric: '-m',
}

export function dhcpcdFor({ link, argv, pidFile, leases, ...client }: SeenClient, other: string): SeenClient {
  const named = (path: string): string => {
    const at = path.lastIndexOf('/') + 1
    return path.slice(0, at) + path.slice(at).replace(link, other)
  }
  return {
    ...client,
    link: other,
    argv: argv.map((word) => (word === link ? other : word)),
    pidFile: named(pidFile),
    leases: named(leases),
  }
}

export function dhcpcdStart(to: SeenClient, from?: SeenClient): string {
  const start = shellJoin(['start_dhcpcd', to.pidFile, to.link, 'dhcpcd', '-b', ...to.argv])
  if (from === undefined) return start
  return `${shellJoin(['inherit_dhcpcd', from.leases, to.leases, saidIn(to), from.link, to.link])}\n${start}`
}

/** What servers and routers say of names, a file for each link and kind: all of them make up /etc/resolv.conf. */
const saidIn = ({ pidFile }: SeenClient): string =>
  `${pidFile.slice(0, pidFile.lastIndexOf('/'))}/hook-state/resolv.conf`

export const dhcpcdForget = (client: SeenClient): string =>
  shellJoin(['rm', '-f', ...KINDS.map((kind) => `${saidIn(client)}/${client.link}.${kind}`)])

const KINDS = ['dhcp', 'dhcp6', 'ra', 'ipv4ll']

/**
 * Who it is to the server follows from the MAC. What the server said of names goes along, else it would be said of both links. Its routes
 * have the number of the link as their metric, if nothing else is said: those that are there already are to be its own.
 */
export const DHCPCD = `inherit_dhcpcd() {
  for kind in "" 6; do ! is_newer "$1$kind" "$2$kind" || cp -p "$1$kind" "$2$kind"; done
  for kind in ${KINDS.join(' ')}; do [ ! -e "$3/$4.$kind" ] || mv "$3/$4.$kind" "$3/$5.$kind"; done
}
start_dhcpcd() {
  file=$1 link=$2
  shift 2
  ! runs "$file" dhcpcd || return 0
  metric=$(ip -4 route show dev "$link" proto dhcp | sed -n 's/.* metric \\([0-9]*\\).*/\\1/p' | head -n 1)
  case " $* " in *" -m "*) metric= ;; esac
  [ -z "$metric" ] || { program=$1; shift; set -- "$program" -m "$metric" "$@"; }
  "$@" </dev/null >/dev/null 2>&1
  await "$file" dhcpcd
}`
