/** The table of established flows, looked at where this kernel can have one: asked of it once, without leaving anything behind. */
import type { SeenHost } from '../core/network/seen.ts'
import type { NftShell } from './nft-shell.ts'
import { runCommand } from './run-command.ts'

const PROBE = `table inet weft_probe {
  flowtable flows {
    hook ingress priority filter
    devices = { lo }
  }
}
`

export function createFastPathEye(nft: NftShell): () => Promise<SeenHost['fastPath']> {
  let canHave: Promise<boolean> | undefined
  return async () => {
    canHave ??= runCommand(['nft', '--check', '-f', '-'], { stdin: PROBE, accept: [1] }).then(
      ({ exitCode }) => exitCode === 0,
      () => false,
    )
    return (await canHave) ? { listing: await nft.list('list table inet weft_fast') } : undefined
  }
}
