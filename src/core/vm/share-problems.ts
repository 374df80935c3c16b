/** What is wrong with the directories that a machine is to share with this host. */
import type { Problem } from '../errors.ts'
import type { HostFacts } from '../host/facts.ts'
import type { SeenHardware } from './hardware-problems.ts'
import type { ShareSpec } from './hardware-spec.ts'
import type { SeenFile } from './seen.ts'
import { isServed } from './shares.ts'
import type { VmSpec } from './spec.ts'

interface ShareSurroundings {
  readonly facts: HostFacts
  readonly files: ReadonlyMap<string, SeenFile | undefined>
  readonly hardware: SeenHardware
}

/** Bytes: of virtio's file system device (VIRTIO 1.2, 5.11.4), and of QEMU's 9p (MAX_TAG_LEN). */
const LONGEST_TAG = { virtiofs: 36, '9p': 31 } as const

export function shareProblems(spec: VmSpec, around: ShareSurroundings): Problem[] {
  const { shares = [], sharedMemory } = spec
  const served = shares.findIndex(isServed)
  const problems = shares.flatMap((share, i) => [
    ...tagProblems(share, shares.slice(0, i), `shares.${String(i)}.tag`),
    ...directoryProblems(share, around, `shares.${String(i)}`),
    ...mountProblems(share, spec, `shares.${String(i)}`),
  ])
  if (served < 0) return problems
  const path = `shares.${String(served)}`
  if (around.hardware.virtiofsd === undefined) {
    const hint = 'apt-get install virtiofsd (Debian 12: qemu-system-common), or share it by 9p: ,kind=9p'
    problems.push({ path, message: 'this host has nothing that serves virtiofs', hint })
  }
  if (sharedMemory !== true) {
    const hint = "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>"
    const message = 'virtiofs needs memory that other processes see, and the machine has none'
    problems.push({ path, message, hint })
  }
  return problems
}

function tagProblems({ tag, kind }: ShareSpec, before: readonly ShareSpec[], path: string): Problem[] {
  const most = LONGEST_TAG[kind]
  if (tag === '' || /[\s\p{Cc}/]/u.test(tag) || new TextEncoder().encode(tag).length > most) {
    const hint = `letters, digits and other signs, but no blanks and slashes; at most ${String(most)} bytes`
    return [{ path, message: `'${tag}' cannot be the tag of a share`, hint }]
  }
  if (before.every((other) => other.tag !== tag)) return []
  return [{ path, message: `two shares have the tag '${tag}'`, hint: 'give each its own: /srv/data:TAG' }]
}

function directoryProblems(
  { path, kind, isReadOnly, isMapped }: ShareSpec,
  { files, facts }: ShareSurroundings,
  place: string,
): Problem[] {
  const problem = (message: string, hint: string): Problem[] => [{ path: place, message, hint }]
  if (!path.startsWith('/')) return problem(`'${path}' is not an absolute path`, 'begin it with /')
  const { etc, lib, run } = facts.paths
  const own = [etc, lib, run].find((each) => isWithin(each, path) || isWithin(path, each))
  if (own !== undefined)
    return problem(
      `'${path}' would give the guest what weft keeps in '${own}'`,
      'share a directory that holds nothing of weft',
    )
  if (isMapped === true && kind !== '9p')
    return problem('virtiofs keeps owners and modes as they are', 'leave mapped out, or say kind=9p')
  const seen = files.get(path)
  if (seen === undefined) return problem(`there is no directory '${path}'`, `mkdir -p ${path}`)
  if (!seen.isDirectory) return problem(`'${path}' is no directory`, 'share the directory that it lies in')
  if (kind !== '9p' || (seen.qemuMayRead && (seen.qemuMayWrite || isReadOnly === true))) return []
  const user = facts.qemuUser.name
  const [deed, letters] = seen.qemuMayRead
    ? ['write to', 'rwx']
    : ['read', isReadOnly === true ? 'rx' : 'rwx']
  return problem(
    `user '${user}', as whom QEMU runs and 9p works, may not ${deed} '${path}'`,
    `setfacl -m u:${user}:${letters} ${path}, add ,ro, or share it by virtiofs`,
  )
}

const isWithin = (inner: string, outer: string): boolean =>
  `${inner}/`.startsWith(outer.endsWith('/') ? outer : `${outer}/`)

function mountProblems(
  { tag, mountPoint }: ShareSpec,
  { cloudInit }: Pick<VmSpec, 'cloudInit'>,
  place: string,
): Problem[] {
  if (mountPoint === undefined) return []
  const problem = (message: string, hint: string): Problem[] => [{ path: place, message, hint }]
  if (cloudInit === undefined)
    return problem(
      `nobody mounts it at '${mountPoint}': the machine has no cloud-init`,
      `name it by a tag, and mount that in the guest: mount -t virtiofs TAG ${mountPoint}`,
    )
  if (!/^\/[^\s\p{Cc}]+$/u.test(mountPoint) || mountPoint.endsWith('/'))
    return problem(
      `'${mountPoint}' is no place to mount a share at`,
      'an absolute path without blanks: /srv/data',
    )
  if (tag.includes(':')) return []
  return problem(`cloud-init takes '${tag}' for the name of a disk`, `put a colon into the tag: weft:${tag}`)
}
