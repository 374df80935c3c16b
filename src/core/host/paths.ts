/** Where weft keeps things. Every path hangs under one root, so that a sandbox or a test has a world of its own. */

export interface Paths {
  /** Definitions: survive everything. `ROOT/etc/weft` */
  readonly etc: string
  /** Disks, images, leases, history. `ROOT/var/lib/weft` */
  readonly lib: string
  /** Sockets, pid files, journal, generated files: gone at reboot. `ROOT/run/weft` */
  readonly run: string
}

/** `root` is absolute; `/` for the machine itself. */
export function pathsUnder(root: string): Paths {
  const base = root === '/' ? '' : root.replace(/\/+$/, '')
  return { etc: `${base}/etc/weft`, lib: `${base}/var/lib/weft`, run: `${base}/run/weft` }
}

/** Where systemd-resolved listens; the machine's own for the root `/` only. */
export const resolvedSocket = ({ run }: Paths): string =>
  `${run.slice(0, -'/weft'.length)}/systemd/resolve/io.systemd.Resolve`
export const hostsFile = ({ etc }: Paths): string => `${etc.slice(0, -'/weft'.length)}/hosts`

export const apiSocket = (paths: Paths): string => `${paths.run}/weft.sock`
/** Its twin for everybody: refuses whatever changes something. */
export const readOnlySocket = (paths: Paths): string => `${paths.run}/weft-ro.sock`

/** For libvirt's clients; with `-ro` behind it for those that only look. */
export const libvirtSocket = (paths: Paths): string => `${paths.run}/libvirt-sock`
/** What a machine's UEFI firmware remembers: boot entries, keys. */
export const nvramFile = (paths: Paths, name: string): string => `${paths.lib}/nvram/${name}.fd`
/** What a machine's TPM keeps: keys, counters. */
export const tpmDirectory = (paths: Paths, name: string): string => `${paths.lib}/tpm/${name}`
export const poolDirectory = (paths: Paths): string => `${paths.lib}/disks`
/** What somebody has made of pools since the host has started: a PoolMark each. */
export const poolMarkDirectory = (paths: Paths): string => `${paths.run}/pools`
/** Keys of encrypted disks: root's alone. */
export const keyDirectory = (paths: Paths): string => `${paths.lib}/keys`
/** By the file's name, which no other disk has in any pool. */
export const diskKeyFile = (paths: Paths, diskPath: string): string =>
  `${keyDirectory(paths)}/${diskPath.slice(diskPath.lastIndexOf('/') + 1)}.key`
/** What a secret says; one that is ephemeral is in memory. */
export const secretValueFile = (paths: Paths, uuid: string, isEphemeral: boolean): string =>
  isEphemeral ? `${secretDirectory(paths, true)}/${uuid}.value` : `${keyDirectory(paths)}/${uuid}.secret`
/** What is told of secrets. */
export const secretDirectory = ({ etc, run }: Paths, isEphemeral: boolean): string =>
  `${isEphemeral ? run : etc}/secrets`
/** Where QEMU's user reads one while a command needs it. */
export const lentKeyDirectory = (paths: Paths): string => `${paths.run}/keys`
/** Memory of machines that are saved, and what is known of each. */
export const saveDirectory = (paths: Paths): string => `${paths.lib}/saves`
/** Snapshots of machines: a tree each, and the memory that belongs to some of them. */
export const snapshotDirectory = (paths: Paths): string => `${paths.lib}/snapshots`
/** Images that machines start from: bytes under their digest, and a record beside each. */
export const imageDirectory = (paths: Paths): string => `${paths.lib}/images`
/** What is still on its way there. */
export const imagePartDirectory = (paths: Paths): string => `${paths.lib}/images/part`
/** Work on disks of machines that run: a note each, for as long as it is under way. */
export const backupJobDirectory = (paths: Paths): string => `${paths.lib}/backups`
export const jobDirectory = (paths: Paths): string => `${paths.lib}/jobs`

/** Which firewalls of others are left alone. */
export const neighboursFile = ({ etc }: Paths): string => `${etc}/neighbours.json`

/** What was made from a file each: who belongs to it. */
export const labDirectory = ({ etc }: Paths): string => `${etc}/labs`
/** Every revision of a lab's file that has been applied, by its number. */
export const labRevisionFile = ({ lib }: Paths, name: string, revision: number): string =>
  `${lib}/labs/${name}/${String(revision)}.json`

/** Machines that are to be started anew, and when. */
export const restartsFile = (paths: Paths): string => `${paths.run}/restarts.json`

/** Everything generated for one running network: live.json, dnsmasq.conf, dnsmasq.hosts, dnsmasq.pid. */
export const networkRunDirectory = (paths: Paths, name: string): string => `${paths.run}/networks/${name}`
/** dnsmasq's own lease database: kept across restarts so that addresses stay. */
export const leaseFile = (paths: Paths, name: string): string => `${paths.lib}/leases/${name}.leases`

/** Addresses of the network that machines keep until they are deleted. */
export const keptAddressesFile = (paths: Paths, network: string): string =>
  `${paths.lib}/addresses/${network}.json`
/** Everything of one running machine: live.json, qemu.pid, qemu.log, qmp.sock, monitor.sock, serial.sock. */
export const vmRunDirectory = (paths: Paths, name: string): string => `${paths.run}/vms/${name}`

/** The definition a running network was started with. */
export const networkLiveFile = (paths: Paths, name: string): string =>
  `${networkRunDirectory(paths, name)}/live.json`
/** The mark that a network without a bridge of weft's own runs: its guests are plugged into a bridge or a NIC of the host. */
export const borrowedMark = (paths: Paths, name: string): string => `${paths.run}/${name}${BORROWED}`
export const BORROWED = '.borrowed'
/** What is known of one plug in a network's bridge: a PortSpec as JSON. */
export const networkPortFile = (paths: Paths, name: string, interfaceName: string): string =>
  `${networkRunDirectory(paths, name)}/ports/${interfaceName}.json`
/** The value ip_forward had before weft turned it on; there only while weft keeps it on. */
export const ipForwardNote = (paths: Paths): string => `${paths.run}/ip_forward.before`
/** The same for IPv6 forwarding, with the settings of links that had to change with it. */
export const ipv6ForwardNote = (paths: Paths): string => `${paths.run}/ipv6_forwarding.before`
/** dnsmasq `server=` lines that weftd keeps in step with the host's resolvers. */
export const upstreamsFile = (paths: Paths): string => `${paths.run}/upstreams`

/** Everything one network's dnsmasq reads and writes, but for the leases. */
export function dnsmasqFiles(
  paths: Paths,
  name: string,
): Readonly<Record<'conf' | 'hosts' | 'names' | 'options' | 'pid' | 'alive', string>> {
  const base = `${networkRunDirectory(paths, name)}/dnsmasq`
  return {
    conf: `${base}.conf`,
    hosts: `${base}.hosts`,
    names: `${base}.names`,
    options: `${base}.options`,
    pid: `${base}.pid`,
    alive: `${base}.alive`,
  }
}
