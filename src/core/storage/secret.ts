/** Passphrases that somebody has others keep, by UUID: what is told of them, never what they say. */

export const SECRET_USES = ['none', 'volume', 'ceph', 'iscsi', 'tls', 'vtpm'] as const
export type SecretUse = (typeof SECRET_USES)[number]

export interface SecretSpec {
  readonly uuid: string
  readonly use: SecretUse
  /** What it is for: the path of a volume, a name. One use of one kind has one secret. */
  readonly id: string
  readonly description?: string
  /** Nobody is told what it says. */
  readonly isPrivate: boolean
  /** Gone when the host is. */
  readonly isEphemeral: boolean
}
