/** A machine's disks and CD drives, by the names that clients of libvirt have for them: vda, or the path of the image. */
import type { LiveVm } from '../../core/vm/context.ts'
import { diskId } from '../../core/vm/qemu-disks.ts'
import type { VmSpec } from '../../core/vm/spec.ts'
import { driveNames } from '../../core/vm/drive-names.ts'

export interface Drive {
  readonly target: string
  /** undefined: a CD drive without a CD. */
  readonly path: string | undefined
  /** As QEMU's command line calls the device. */
  readonly id: string
  /** The node of its uppermost image. */
  readonly node: string
  readonly format: 'qcow2' | 'raw'
  readonly isCd: boolean
}

export function drivesOf(spec: VmSpec, live: LiveVm | undefined): Drive[] {
  const names = driveNames(spec)
  const disks = spec.disks.map((disk, position): Drive => {
    const id = diskId(disk, position)
    const node = live?.nodes?.[id]?.[0] ?? id
    return {
      target: names.disks[position] ?? '',
      path: disk.path,
      id,
      node,
      format: disk.format,
      isCd: false,
    }
  })
  const cds = spec.cdroms.map(({ path }, position): Drive => {
    const id = `cd${String(position)}`
    return { target: names.cdroms[position] ?? '', path, id, node: id, format: 'raw', isCd: true }
  })
  return [...disks, ...cds]
}

export const findDrive = (drives: readonly Drive[], word: string): Drive | undefined =>
  drives.find(({ target, path }) => target === word || path === word)
