/** What guards the shims of networks that run: asked of `nft` where one has a shim. */
import { isReached, shimTable } from '../core/network/bridge/plan-reach.ts'
import type { SeenHost } from '../core/network/seen.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import type { NftShell } from './nft-shell.ts'

/** `files` are the generated ones, by path: what each network runs with among them. */
export async function observeShims(
  nft: NftShell,
  files: ReadonlyMap<string, string>,
): Promise<Pick<SeenHost, 'shims'>> {
  const live = [...files]
    .filter(([path, text]) => path.endsWith('/live.json') && text.includes('"hostReach"'))
    .map(([, text]) => JSON.parse(text) as NetworkSpec)
    .filter(isReached)
  if (live.length === 0) return {}
  const shims = new Map<string, string>()
  for (const network of live) {
    const listing = await nft.list(`list table ${shimTable(network)}`)
    if (listing !== undefined) shims.set(network.name, listing)
  }
  return { shims }
}
