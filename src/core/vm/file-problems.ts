/** Files a definition names: whether they are there, of the right kind, free, and open to QEMU's user. */
import type { Problem } from '../errors.ts'
import type { HostFacts } from '../host/facts.ts'
import { poolDirectory } from '../host/paths.ts'
import type { SeenFile } from './seen.ts'
import type { VmSpec } from './spec.ts'

interface FileSurroundings {
  readonly facts: HostFacts
  readonly files: ReadonlyMap<string, SeenFile | undefined>
  readonly users: ImageUsers
}

/** Who else has an image, by the file's identity. */
export interface ImageUsers {
  /** Other machines that name it as a disk. */
  readonly owners: ReadonlyMap<string, readonly ImageOwner[]>
  /** Disks that begin with what is in it. */
  readonly overlays: ReadonlyMap<string, readonly string[]>
}

export interface ImageOwner {
  readonly machine: string
  readonly isReadOnly: boolean
}

interface NamedFile {
  readonly path: string
  /** Where in the definition. */
  readonly place: string
  readonly isWritten: boolean
  readonly isDisk?: true
}

export function namedFiles({
  firmware,
  kernel,
  disks,
  cdroms,
}: Pick<VmSpec, 'firmware' | 'kernel' | 'disks' | 'cdroms'>): NamedFile[] {
  const kernelFiles = kernel === undefined ? [] : [{ path: kernel.path, place: 'kernel', isWritten: false }]
  const initrd = kernel?.initrd
  const flash = firmware === undefined ? [] : [firmware.code, firmware.template]
  return [
    ...flash.map((path) => ({ path, place: 'firmware', isWritten: false })),
    ...kernelFiles,
    ...(initrd === undefined ? [] : [{ path: initrd, place: 'initrd', isWritten: false }]),
    ...disks.map(({ path, isReadOnly }, i) => ({
      path,
      place: `disks.${String(i)}`,
      isWritten: isReadOnly !== true,
      isDisk: true as const,
    })),
    ...cdroms.flatMap(({ path }, i) =>
      path === undefined ? [] : [{ path, place: `cdroms.${String(i)}`, isWritten: false }],
    ),
  ]
}

export function fileProblems(spec: VmSpec, around: FileSurroundings): Problem[] {
  return namedFiles(spec).flatMap((file) => [
    ...stateProblems(file, around),
    ...sharingProblems(file, spec, around),
  ])
}

function stateProblems({ path, place, isWritten }: NamedFile, { files, facts }: FileSurroundings): Problem[] {
  const problem = (message: string, hint: string): Problem[] => [{ path: place, message, hint }]
  if (!path.startsWith('/')) return problem(`'${path}' is not an absolute path`, 'begin it with /')
  const seen = files.get(path)
  if (seen === undefined) return problem(`there is no file '${path}'`, missingHint(path, isWritten, facts))
  if (seen.isDirectory) return problem(`'${path}' is a directory`, 'name an image file')
  if (seen.qemuMayRead && (seen.qemuMayWrite || !isWritten)) return []
  const user = facts.qemuUser.name
  const deed = seen.qemuMayRead ? 'write to' : 'read'
  return problem(
    `user '${user}', as whom QEMU runs, may not ${deed} '${path}'`,
    accessHint(path, isWritten, user),
  )
}

function missingHint(path: string, isWritten: boolean, facts: HostFacts): string {
  const pool = `${poolDirectory(facts.paths)}/`
  const name = path.startsWith(pool) ? path.slice(pool.length).replace(/\.(qcow2|raw)$/, '') : undefined
  return isWritten && name !== undefined ? `weft disk create ${name} --size 10G` : `ls -l ${path}`
}

/** Every directory above must be passable too, which home directories often are not. */
function accessHint(path: string, isWritten: boolean, user: string): string {
  const letters = isWritten ? 'rw' : 'r'
  return `setfacl -m u:${user}:${letters} ${path} (and u:${user}:x on the directories above it)`
}

/** Two machines writing to one image destroy it, and so does writing to what others begin with. */
function sharingProblems(
  { path, place, isWritten, isDisk }: NamedFile,
  spec: VmSpec,
  { files, users }: FileSurroundings,
): Problem[] {
  if (!isDisk) return []
  const problem = (message: string, hint: string): Problem[] => [{ path: place, message, hint }]
  const identity = files.get(path)?.identity
  const isSame = (other: string): boolean => other === path || files.get(other)?.identity === identity
  const twice = identity !== undefined && spec.disks.filter((disk) => isSame(disk.path)).length > 1
  if (twice) return problem(`'${path}' is named twice`, 'name it once')
  const owners = users.owners.get(identity ?? '') ?? []
  const owner = owners.find((other) => isWritten || !other.isReadOnly)
  if (owner !== undefined) {
    const hint = 'give each machine a disk of its own: weft disk create NAME --size 10G'
    return problem(`'${path}' is a disk of machine '${owner.machine}' already`, hint)
  }
  const [overlay] = users.overlays.get(identity ?? '') ?? []
  if (!isWritten || overlay === undefined) return []
  const message = `disk '${overlay}' begins with what is in '${path}', and writing to it would destroy that`
  return problem(message, `make another that begins with it: weft disk create NAME --backing ${path}`)
}
