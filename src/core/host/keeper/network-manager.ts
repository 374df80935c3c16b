/**
 * A bridge over a NIC in the words of NetworkManager: two new profiles, one of the bridge with the addresses and one that plugs the NIC in and is
 * preferred to the one it has now. That one stays as it is, but for a bond's, which its NICs name: it loses its addresses and is plugged in itself.
 */
import { readdressProfile } from './manager-address.ts'
import { describeAddress } from './kept-address.ts'
import {
  UNTOLD,
  type FileChange,
  type Handing,
  type KeptBridge,
  type SeenFile,
  type SeenKeeper,
  type SeenManager,
} from './seen-keeper.ts'
import { formatUnit, unitSections, valueIn, type UnitSection } from './unit-file.ts'

export function handNetworkManager({ etc }: SeenKeeper, seen: SeenManager, bridge: KeptBridge): Handing {
  const none = { ...UNTOLD, keeper: 'NetworkManager' }
  const { profile } = seen
  const { bridge: name, nic } = bridge
  const sections = unitSections(profile?.content ?? '')
  const uuid = valueIn(sections, 'connection', 'uuid') ?? seen.uuid
  if (profile === undefined || uuid === undefined)
    return {
      ...none,
      refused: {
        message: `NetworkManager looks after '${nic}', and weft finds no profile of it in ${etc}/NetworkManager/system-connections`,
        hint: `nmcli connection migrate; nmcli -f connection.id,connection.uuid device show ${nic}`,
      },
    }
  const type = valueIn(sections, 'connection', 'type') ?? 'ethernet'
  const isBond = type === 'bond'
  if (type === 'team' || (isBond && !profile.path.startsWith(`${etc}/${DIRECTORY}/`)))
    return {
      ...none,
      refused: {
        message: `the NICs in '${nic}' name its profile, and weft cannot plug ${profile.path} into a bridge`,
        hint: isBond
          ? `it is written anew at every boot: make the bridge where that is done, in netplan's files for one`
          : `make the bridge with nmcli, where you sit at the host itself: nmcli connection add type bridge con-name ${name} ifname ${name}; nmcli connection modify ${uuid} master ${name} slave-type bridge; nmcli connection up ${uuid}`,
      },
    }
  const priority = Number(valueIn(sections, 'connection', 'autoconnect-priority') ?? 0)
  if ((!isBond && priority >= MOST) || valueIn(sections, 'connection', 'autoconnect') === 'false')
    return {
      ...none,
      refused: {
        message: `${profile.path} is not what NetworkManager brings '${nic}' up by by itself, or nothing is preferred to it`,
        hint: `nmcli connection modify ${uuid} connection.autoconnect yes connection.autoconnect-priority 0`,
      },
    }
  const ids = { bridge: uuidFrom(uuid, `${name} bridge`), port: uuidFrom(uuid, `${name} port`) }
  const add = (file: string, after: string, reason: string): FileChange => ({
    path: `${etc}/${DIRECTORY}/${file}`,
    before: undefined,
    after: `# ${name} is a bridge over ${nic}. Made by weft, which takes it away again: weft host bridge remove ${name}\n${after}`,
    mode: 0o600,
    reason,
  })
  const given = `what ${profile.path} gives ${nic}`
  const { address } = bridge
  const gives = address === undefined ? given : `${describeAddress(address)}; for the rest, ${given}`
  return {
    ...none,
    changes: [
      add(
        `weft-${name}.nmconnection`,
        bridgeProfile(sections, bridge, { uuid: ids.bridge, metric: seen.routeMetric }),
        `NetworkManager makes ${name}, with the MAC of ${nic}, and gives it ${gives}`,
      ),
      isBond
        ? {
            path: profile.path,
            before: profile.content,
            after: `# Plugged into ${name} by weft, which puts it back: weft host bridge remove ${name}\n${bondAsPort(sections, ids.bridge)}`,
            mode: profile.mode,
            reason: `the bond ${nic} is plugged into ${name} by its own profile, which its NICs name`,
          }
        : add(
            `weft-${name}-port.nmconnection`,
            portProfile(sections, bridge, { ...ids, priority }),
            `it plugs ${nic} into ${name}`,
          ),
    ],
    tell: isBond ? tellBond(name, bondOf(profile, nic)) : tellUp(name),
    untell: isBond ? untellBond(bondOf(profile, nic)) : RELOAD,
    settle: settled(uuid, nic),
    renews: [4, 6],
  }
}

const DIRECTORY = 'NetworkManager/system-connections'
/** Of autoconnect-priority. */
const MOST = 999

/** It asks whoever has the name of the bridge to come up, and plugs the NIC in itself. */
const tellUp = (bridge: string): [string, ...string[]] => {
  const file = `/etc/${DIRECTORY}/weft-${bridge}`
  const lines = [
    'nmcli connection load "$1.nmconnection" "$1-port.nmconnection"',
    'nmcli --wait 30 connection up filename "$1.nmconnection"',
  ]
  return ['sh', '-c', lines.join(' && '), 'tell', file]
}

interface Bond {
  /** As NetworkManager finds its profile. */
  readonly file: string
  readonly nic: string
}

const bondOf = ({ path }: Pick<SeenFile, 'path'>, nic: string): Bond => ({
  file: `/etc/${DIRECTORY}/${path.slice(path.lastIndexOf('/') + 1)}`,
  nic,
})

/** The bridge brings the bond up anew, and the bond its NICs, which agree with the switch at the other end once more. */
const tellBond = (bridge: string, { file, nic }: Bond): [string, ...string[]] => {
  const lines = ['nmcli connection load "$1" "$2"', 'nmcli --wait 30 connection up filename "$1"', CARRIER]
  return ['sh', '-c', lines.join(' && '), 'tell', `/etc/${DIRECTORY}/weft-${bridge}.nmconnection`, file, nic]
}

/** Out of the bridge first: a bond that goes down with its bridge would take its NICs along. */
const untellBond = ({ file, nic }: Bond): [string, ...string[]] => {
  const lines = [
    'nmcli connection load "$2"',
    'nmcli --wait 30 connection up filename "$2"',
    CARRIER,
    'nmcli --wait 30 connection reload',
  ]
  return ['sh', '-c', lines.join(' && '), 'tell', '', file, nic]
}

/** Ten seconds; whether somebody is heard is asked by others. */
const CARRIER =
  '{ for fiftieth in $(seq 50); do [ "$(cat "/sys/class/net/$3/carrier")" != 1 ] || break; sleep 0.2; done; }'

/** A profile whose file has gone goes with it; the NIC comes up by the next best. */
const RELOAD = ['nmcli', '--wait', '30', 'connection', 'reload'] as const

/** `written`: weft's own profiles, whose UUIDs are made from the one of the NIC's. */
export function backNetworkManager(
  { bridge, nic }: Pick<KeptBridge, 'bridge' | 'nic'>,
  written: readonly FileChange[],
): Pick<Handing, 'tell' | 'untell' | 'settle'> {
  const uuid = written
    .map(({ after = '' }) => valueIn(unitSections(after), 'connection', 'uuid'))
    .find(Boolean)
  const changed = written.find(({ before }) => before !== undefined)
  const bond = changed && bondOf(changed, nic)
  return {
    tell: bond === undefined ? RELOAD : untellBond(bond),
    untell: bond === undefined ? tellUp(bridge) : tellBond(bridge, bond),
    ...(uuid === undefined ? {} : { settle: settled(uuid, nic) }),
  }
}

/**
 * A NIC that has addresses before NetworkManager has chosen a profile for it is somebody else's to it: it works, and its lease is never
 * renewed. Ten seconds for the choice, else it is told.
 */
const settled = (uuid: string, nic: string): readonly [string, ...string[]] => {
  const lines = [
    'for fortieth in $(seq 40); do',
    'own=$(nmcli -g UUID connection show | grep -m 1 -- "$1\\$");',
    'case $(nmcli -g GENERAL.STATE device show "$2") in',
    '*externally*) break ;;',
    '100*) [ "$(nmcli -g GENERAL.CON-UUID device show "$2")" != "$own" ] || exit 0 ;;',
    'esac; sleep 0.25; done;',
    'nmcli --wait 30 connection up uuid "$own" ifname "$2"',
  ]
  return ['sh', '-c', lines.join(' '), 'settle', uuid.slice(8), nic]
}

/** Sections that are about the host and not about the cable. */
const OF_HOST = new Set(['ipv4', 'ipv6', 'proxy', 'user'])
/** What of `[connection]` the host's part keeps. */
const KEEPS = /^(zone|permissions|metered|mdns|llmnr|dns-over-tls|autoconnect-retries|lldp)=/

function bridgeProfile(
  all: readonly UnitSection[],
  { bridge, nic, mac, mtu, address }: KeptBridge,
  { uuid, metric }: { readonly uuid: string; readonly metric: string | undefined },
): string {
  const sections = address === undefined ? all : readdressProfile(all, address)
  const kept = sections.filter(({ name }) => name === 'connection').flatMap(({ lines }) => lines)
  return formatUnit([
    [
      'connection',
      [
        `id=${bridge}`,
        `uuid=${uuid}`,
        'type=bridge',
        `interface-name=${bridge}`,
        'autoconnect-slaves=1',
        ...kept.filter((line) => KEEPS.test(line)),
      ],
    ],
    ['bridge', [`mac-address=${mac.toUpperCase()}`, 'stp=false']],
    ...(mtu === 1500 ? [] : [['ethernet', [`mtu=${String(mtu)}`]] as const]),
    ...sections
      .filter(({ name }) => OF_HOST.has(name))
      .map(({ name, lines }) => [name, withMetric(name, renamedRules(lines, nic, bridge), metric)] as const),
  ])
}

/** What comes in by the NIC comes in by the bridge. */
function renamedRules(lines: readonly string[], nic: string, bridge: string): readonly string[] {
  const named = (all: string, word: string, link: string): string =>
    link === nic ? `${word} ${bridge}` : all
  return lines.map((line) =>
    line.startsWith('routing-rule') ? line.replaceAll(/\b(iif|oif) +([^\s,]+)/g, named) : line,
  )
}

/** NetworkManager prefers cables to bridges, and this one is both. */
function withMetric(name: string, lines: readonly string[], metric: string | undefined): readonly string[] {
  const isSaid = lines.some((line) => line.startsWith('route-metric='))
  return metric === undefined || isSaid || !name.startsWith('ipv')
    ? lines
    : [...lines, `route-metric=${metric}`]
}

function portProfile(
  sections: readonly UnitSection[],
  { bridge, nic }: KeptBridge,
  ids: { readonly bridge: string; readonly port: string; readonly priority: number },
): string {
  return formatUnit([
    [
      'connection',
      [
        `id=${bridge}-port`,
        `uuid=${ids.port}`,
        `type=${valueIn(sections, 'connection', 'type') ?? 'ethernet'}`,
        `interface-name=${nic}`,
        `autoconnect-priority=${String(ids.priority + 1)}`,
        `master=${ids.bridge}`,
        'slave-type=bridge',
      ],
    ],
    ...sections
      .filter(({ name }) => name !== 'connection' && !OF_HOST.has(name) && !name.startsWith('.'))
      .map(({ name, lines }) => [name, lines] as const),
  ])
}

/** All but what the bridge has now. */
function bondAsPort(sections: readonly UnitSection[], bridge: string): string {
  const port = [`master=${bridge}`, 'slave-type=bridge']
  return formatUnit(
    sections
      .filter(({ name }) => !OF_HOST.has(name) && !name.startsWith('.'))
      .map(({ name, lines }) =>
        name === 'connection'
          ? ([name, [...lines.filter((line) => !KEEPS.test(line)), ...port]] as const)
          : ([name, lines] as const),
      ),
  )
}

/** The same for the same: FNV-1a in place of the first eight digits. */
function uuidFrom(uuid: string, word: string): string {
  let hash = 0x811c9dc5
  for (const letter of `${uuid} ${word}`)
    hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0
  return hash.toString(16).padStart(8, '0') + uuid.slice(8)
}
