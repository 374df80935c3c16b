/** QEMU as a process: how it is started so that it outlives weftd, found again, confined to a group, and heard when it fails. */
import type { InterfaceName } from '../address/interface-name.ts'
import { confinedArgv } from '../host/confinement.ts'
import type { HostFacts } from '../host/facts.ts'
import { run, type QmpAction, type RunAction, type StartingQemu } from '../plan/action.ts'
import { vmFiles } from './context.ts'
import { escapeCommas } from './qemu-value.ts'

/** A host with much to do may need a while to load QEMU. */
const READY_LIMIT_MS = 30_000

/**
 * QEMU's standard error goes through a pipe to a dd that ends after 512 blocks, 2 MiB at most: a guest that provokes complaints cannot
 * fill /run. QEMU ignores SIGPIPE; what it says after that is lost.
 */
const listen = (files: readonly number[]): string =>
  [
    'dd bs=4k count=512 status=none <"$log.pipe" >"$log" 2>/dev/null',
    ...files.map((file) => `${file}<&-`),
    '&',
  ].join(' ')
const SPEAK = '</dev/null >"$log.pipe" 2>&1 &'
/** By the shell and not by QEMU: whoever has to end it can do so from its first moment on. */
const NOTE_PID = 'echo $! >"$pid"'

/** After standard input, output and error; the shell that opens them knows files of one digit only. */
export const FIRST_FD = 3
export const MOST_MACVTAPS = 9 - FIRST_FD + 1

/**
 * Opens a macvtap's device, whose number the kernel chose when it was made: QEMU's user could not, and /dev/tapN is not there without
 * udev, or is another namespace's. The node is made for a moment, where no mount forbids devices; by the shell that starts QEMU, not by
 * the one that becomes it: that one may be killed as soon as there is a pid file, and could not clear away what it made.
 */
const OPEN =
  'trap \'rm -rf "$at"\' EXIT; trap "exit 1" HUP INT TERM; at=;' +
  ' open() { at=$(mktemp -d /dev/weft.XXXXXX) && dev=$(cat /sys/class/net/"$1"/tap*/dev) &&' +
  ' mknod "$at/tap" c "${dev%:*}" "${dev#*:}" && eval "exec $2<>$at/tap" && rm -rf "$at"; }; '

/** Where a machine's control group lies, on a host that lets weft make one. No name of a machine is one of the kernel's files. */
export function vmGroup({ groups }: HostFacts, name: string): string | undefined {
  return groups === undefined ? undefined : `${groups}/vm-${name}`
}

/** What the process that becomes QEMU is given while it is still root. */
export interface Beginnings {
  /** Opened for it. */
  readonly macvtaps?: readonly InterfaceName[]
  /** How much memory it may lock; absent: as much as anybody. */
  readonly lockedBytes?: number | undefined
}

/** In a session of its own, returning as soon as there is a process with a pid file: no child of weftd, in nobody's terminal. */
export function detachedArgv(
  facts: HostFacts,
  name: string,
  qemu: readonly string[],
  { macvtaps = [], lockedBytes }: Beginnings = {},
): [string, ...string[]] {
  const { pid, log } = vmFiles(facts.paths, name)
  const group = vmGroup(facts, name)
  const files = macvtaps.map((_, place) => FIRST_FD + place)
  const take = group === undefined ? 'pid=$1 log=$2; shift 2;' : 'pid=$1 log=$2 group=$3; shift 3;'
  const open = macvtaps.map((tap, place) => `open ${tap} ${files[place]} && `).join('')
  const begin = `${macvtaps.length === 0 ? '' : OPEN}${open}mkfifo "$log.pipe" || exit;`
  const start = group === undefined ? '"$@"' : '{ echo 0 >"$group/cgroup.procs" && exec "$@"; }'
  const script = `${take} ${begin} ${listen(files)} ${start} ${SPEAK} ${NOTE_PID}`
  const bytes = String(lockedBytes)
  const limit = lockedBytes === undefined ? [] : ['prlimit', `--memlock=${bytes}:${bytes}`, '--']
  const words = [pid, log, ...(group === undefined ? [] : [group]), ...limit, ...confinedArgv(facts, qemu)]
  return ['setsid', '--wait', 'sh', '-c', script, 'start', ...words]
}

/** The monitor's path is on QEMU's command line: nobody else is meant when the number has been given away again. */
export function qemuMark(facts: HostFacts, name: string): Pick<StartingQemu, 'pidFile' | 'match'> {
  const files = vmFiles(facts.paths, name)
  return { pidFile: files.pid, match: escapeCommas(files.monitor) }
}

/** QEMU answers when everything it was told to open is open. */
export function readyAction(facts: HostFacts, name: string): QmpAction {
  const { qmp, log } = vmFiles(facts.paths, name)
  const starting = { ...qemuMark(facts, name), log, waitMs: READY_LIMIT_MS }
  return { kind: 'qmp', socket: qmp, command: 'query-status', starting }
}

/** A killed process leaves its group a moment after it has gone. The last machine takes the parent along. */
export function removeGroupAction(group: string): RunAction {
  const script = [
    'n=0; while [ -d "$1" ] && ! rmdir "$1" 2>/dev/null;',
    'do n=$((n + 1)); [ $n -lt 300 ] || exec rmdir "$1"; sleep 0.01; done;',
    'rmdir "${1%/*}" 2>/dev/null || true',
  ]
  return run('sh', '-c', script.join(' '), 'leave', group)
}
