/** What is kept of a lab: who belongs to it, and each revision of its file that has been applied. */
import type { HostLinks } from './host-links.ts'
import type { NetworkDraft, Place } from '../network/draft.ts'
import type { VmDefinition } from '../vm/definition.ts'

/** Who belongs to a lab. Nobody belongs to two. */
export interface LabMembers {
  readonly networks: readonly string[]
  readonly machines: readonly string[]
}

export interface LabRecord extends LabMembers {
  readonly name: string
  /** The last that has been applied, from 1. */
  readonly revision: number
}

export interface LabRevision {
  readonly lab: string
  readonly number: number
  /** RFC 3339. */
  readonly at: string
  readonly by: string
  /** The file as it was. */
  readonly text: string
  /** It has what guests are told by cloud-init, which is not for everybody to read. */
  readonly isSecret?: true
  /** One line: what it brought. */
  readonly summary: string
}

/** A lab as somebody has written it. */
export interface LabDraft {
  readonly name: string
  readonly text: string
  /** For messages. */
  readonly what: string
  readonly host: HostLinks
  /** Made where there is none of that name. */
  readonly disks: readonly LabDisk[]
  readonly networks: readonly LabNetwork[]
  readonly machines: readonly LabMachine[]
}

export interface LabDisk {
  readonly name: string
  /** Bytes; absent: that of what it begins with. */
  readonly size?: number
  readonly format: 'qcow2' | 'raw'
  /** A disk, or the absolute path of an image. */
  readonly backing?: string
}

export interface LabNetwork {
  readonly draft: NetworkDraft
  readonly isStarted: boolean
  readonly autostart: boolean
  readonly place: Place
}

export interface LabMachine {
  readonly definition: VmDefinition
  readonly isStarted: boolean
  readonly place: Place
}
