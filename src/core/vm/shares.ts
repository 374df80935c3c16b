/**
 * Directories of this host that a guest mounts: by virtiofs, which a process of its own serves (virtiofsd), or by 9p, which QEMU does
 * itself.
 */
import type { HostFacts } from '../host/facts.ts'
import { run, type SignalAction } from '../plan/action.ts'
import { noUndo, type Step } from '../plan/plan.ts'
import { shareFiles, type VmContext } from './context.ts'
import type { ShareSpec } from './hardware-spec.ts'
import { vmGroup } from './qemu-process.ts'
import { slotPlace, virtioDriver } from './qemu-topology.ts'
import { escapeCommas } from './qemu-value.ts'
import type { VmSpec } from './spec.ts'

/** As QEMU calls it; its slot is its own for good. */
export const shareId = ({ slot = 0 }: ShareSpec): string => `fs${String(slot)}`

export const isServed = ({ kind }: ShareSpec): boolean => kind === 'virtiofs'

export function shareArgs({ name, machine, shares = [] }: VmSpec, facts: HostFacts): string[] {
  return shares.flatMap((share) => {
    const id = shareId(share)
    const place = slotPlace(machine, share.slot ?? 0)
    const tag = escapeCommas(share.tag)
    if (isServed(share)) {
      const socket = escapeCommas(shareFiles(facts.paths, name, id).socket)
      return [
        ...['-chardev', `socket,id=${id},path=${socket}`],
        ...[
          '-device',
          `${virtioDriver(machine, 'vhost-user-fs')},id=${id},chardev=${id},tag=${tag},${place}`,
        ],
      ]
    }
    const model = share.isMapped === true ? 'mapped-xattr' : 'none'
    // Two directories that lie on different disks may have files of one inode number.
    const access = `security_model=${model},multidevs=remap${share.isReadOnly === true ? ',readonly=on' : ''}`
    return [
      ...['-fsdev', `local,id=${id},path=${escapeCommas(share.path)},${access}`],
      ...['-device', `${virtioDriver(machine, 'virtio-9p')},id=${id},fsdev=${id},mount_tag=${tag},${place}`],
    ]
  })
}

/** Where the directory is in the process' own view of the file system, and what it would leave its pid file in. */
const AT = '/run/virtiofsd/share'
const SERVE = [
  'mkdir -p /run/virtiofsd && mount -t tmpfs -o mode=0700 virtiofsd /run/virtiofsd &&',
  `mkdir ${AT} && if [ "$2" = ro ]; then mount --bind "$1" ${AT} && mount -o remount,bind,ro ${AT};`,
  `else mount --rbind "$1" ${AT}; fi && exec "$3" --socket-path="$4" -o source=${AT},announce_submounts`,
].join(' ')

/**
 * The socket is made while the program is still root without a sandbox, which it enters when QEMU has connected. What it says is kept up
 * to 64 KiB, as of QEMU: a guest that provokes complaints cannot fill /run.
 */
const START = [
  'pid=$1 log=$2 socket=$3 gid=$4 group=$5; shift 5; rm -f "$socket" "$log.pipe"; mkfifo "$log.pipe" || exit;',
  'dd bs=4k count=16 status=none <"$log.pipe" >"$log" 2>/dev/null &',
  '{ [ -z "$group" ] || echo 0 >"$group/cgroup.procs" || exit; exec unshare --mount --propagation private sh -c "$@"; }',
  '</dev/null >"$log.pipe" 2>&1 & echo $! >"$pid"; n=0;',
  'until [ -S "$socket" ]; do n=$((n + 1)); if [ $n -gt 1000 ] || ! kill -0 $!; then cat "$log" >&2; exit 1; fi; sleep 0.01; done;',
  'chgrp "$gid" "$socket" && chmod 0660 "$socket"',
].join(' ')

/** Before QEMU, which connects to them when it starts. */
export function shareSteps(spec: VmSpec, context: Pick<VmContext, 'facts' | 'virtiofsd'>): Step[] {
  return (spec.shares ?? []).filter(isServed).flatMap((share) => serveSteps(spec.name, share, context))
}

export function serveSteps(
  name: string,
  share: ShareSpec,
  { facts, virtiofsd = 'virtiofsd' }: Pick<VmContext, 'facts' | 'virtiofsd'>,
): Step[] {
  const files = shareFiles(facts.paths, name, shareId(share))
  const { gid } = facts.qemuUser.owner
  const access = share.isReadOnly === true ? 'ro' : 'rw'
  const serve = [SERVE, 'serve', share.path, access, virtiofsd, files.socket]
  const words = [files.pid, files.log, files.socket, String(gid), vmGroup(facts, name) ?? '', ...serve]
  return [
    {
      reason: `what serves '${share.path}' to ${name} has a directory, in which QEMU finds its socket`,
      do: { kind: 'mkdir', path: files.directory, mode: 0o750, owner: { uid: 0, gid } },
      undo: { kind: 'remove', path: files.directory },
    },
    {
      reason: `'${share.path}' is served to ${name} as '${share.tag}'${access === 'ro' ? ', read-only' : ''}, by a process that sees nothing else and ends with its QEMU`,
      do: run('setsid', '--wait', 'sh', '-c', START, 'start', ...words),
      undo: endAction(name, shareId(share), facts),
    },
  ]
}

function endAction(name: string, id: string, facts: HostFacts): SignalAction {
  const { pid, socket } = shareFiles(facts.paths, name, id)
  return { kind: 'signal', pidFile: pid, match: socket, signal: 'TERM', waitMs: 5000 }
}

/** After QEMU's end, which they have heard of: they are told again, and waited for before their files go. */
export function endShareSteps(name: string, ids: readonly string[], facts: HostFacts): Step[] {
  return ids.map((id) => ({
    reason: `what served a directory to ${name} has ended`,
    do: endAction(name, id, facts),
    undo: noUndo('it has ended with its machine'),
  }))
}

/** The program that a descriptor tells of (QEMU's docs/interop/vhost-user.json), where it serves virtiofs. */
export function virtiofsdOf(text: string): string | undefined {
  try {
    const { type, binary } = JSON.parse(text) as { readonly type?: unknown; readonly binary?: unknown }
    return type === 'fs' && typeof binary === 'string' && binary.startsWith('/') ? binary : undefined
  } catch {
    return undefined
  }
}
