/** What this host answers for in others' place: asked of `ip` where a network that runs has such addresses. */
import type { SeenHost } from '../core/network/seen.ts'
import { runCommand } from './run-command.ts'

export async function observeProxies(): Promise<Pick<SeenHost, 'proxied'>> {
  const all = await Promise.all(
    ['-4', '-6'].map((family) => runCommand(['ip', family, '-j', 'neigh', 'show', 'proxy'])),
  )
  const entries = all.flatMap(
    ({ stdout }) =>
      JSON.parse(stdout === '' ? '[]' : stdout) as readonly { readonly dst: string; readonly dev: string }[],
  )
  return { proxied: entries.map(({ dst: address, dev: device }) => ({ address, device })) }
}
