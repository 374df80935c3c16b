/** What the HTTP API tells of a machine's first boot. */

/** What its guest is told; of somebody's own user-data only that there is some: it may hold secrets. */
export interface CloudInitView {
  readonly user: string
  readonly hostName: string
  readonly sshKeys: readonly string[]
  readonly hasUserData: boolean
}

/** A machine that has come as far as was waited for; null: it has shut down. */
export interface VmReachedView {
  readonly ip: string | null
}
