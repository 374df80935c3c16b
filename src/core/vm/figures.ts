/** What QEMU tells of one machine in numbers: its answers, as far as they are looked at, and what they mean. */

/** Since QEMU has started. */
export interface DriveFigures {
  /** As QEMU's command line calls the device: disk0, cd0. */
  readonly id: string
  /** The image that is written to; undefined: an empty drive. */
  readonly node: string | undefined
  readonly reads: number
  readonly readBytes: number
  readonly readNs: number
  readonly writes: number
  readonly writtenBytes: number
  readonly writeNs: number
  readonly flushes: number
  readonly flushNs: number
  /** Where the last byte was written in the image's file; 0: none was. */
  readonly highestWrite: number
}

/** One element of `query-blockstats`. */
export interface DriveAnswer {
  readonly 'node-name'?: string
  /** Of the device, or of the part of it that has the drive. */
  readonly qdev?: string
  readonly stats: Readonly<Record<string, number | boolean | object>>
  readonly parent?: { readonly stats: Readonly<Record<string, number | boolean | object>> }
}

export function driveFigures({ qdev = '', 'node-name': node, stats, parent }: DriveAnswer): DriveFigures {
  const number = (name: string): number => (typeof stats[name] === 'number' ? stats[name] : 0)
  // A node of its own writes the file: what qcow2 has written is not where the guest has.
  const highest = parent?.stats['wr_highest_offset']
  return {
    id: /^\/machine\/peripheral\/([^/]+)/.exec(qdev)?.[1] ?? qdev,
    node: node === '' ? undefined : node,
    reads: number('rd_operations'),
    readBytes: number('rd_bytes'),
    readNs: number('rd_total_time_ns'),
    writes: number('wr_operations'),
    writtenBytes: number('wr_bytes'),
    writeNs: number('wr_total_time_ns'),
    flushes: number('flush_operations'),
    flushNs: number('flush_total_time_ns'),
    highestWrite: typeof highest === 'number' ? highest : number('wr_highest_offset'),
  }
}

export interface ImageFigures {
  readonly path: string
  readonly format: string
  /** As the guest sees it; bytes. */
  readonly size: number
  /** Of the host's file system, in bytes. */
  readonly used: number
}

/** One element of `query-named-block-nodes`, asked for flat. */
export interface NodeAnswer {
  readonly 'node-name': string
  readonly file: string
  readonly drv: string
  readonly image?: { readonly 'virtual-size'?: number; readonly 'actual-size'?: number }
}

/** By the names that QEMU has for the nodes. */
export function imageFigures(nodes: readonly NodeAnswer[]): ReadonlyMap<string, ImageFigures> {
  return new Map(
    nodes.map(({ 'node-name': name, file, drv, image }) => [
      name,
      {
        path: file,
        format: drv,
        size: image?.['virtual-size'] ?? 0,
        used: image?.['actual-size'] ?? 0,
      },
    ]),
  )
}

/** `query-dirty-rate`. */
export interface DirtyRate {
  readonly status: 'unstarted' | 'measuring' | 'measured'
  /** Seconds: of the host's boot time, and how long is measured. */
  readonly 'start-time': number
  readonly 'calc-time': number
  readonly mode?: string
  /** MiB a second. */
  readonly 'dirty-rate'?: number
}

/** One element of `query-cpus-fast`. */
export interface CpuAnswer {
  readonly 'cpu-index': number
  readonly 'thread-id': number
}
