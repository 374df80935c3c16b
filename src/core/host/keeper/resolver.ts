/** Name servers, where nobody writes them for this host: lines of /etc/resolv.conf. */
import type { WantedAddress } from '../uplink/wanted-address.ts'
import type { FileChange, SeenKeeper, SeenResolver } from './seen-keeper.ts'

/** Nothing where another program writes that file: it has been told in its own words. */
export function resolverChanges(
  { file, isLink, hasResolvconf }: SeenResolver,
  { dns }: WantedAddress,
  etc: string,
): FileChange[] {
  if (dns.length === 0 || isLink || hasResolvconf) return []
  const before = file?.content
  const rest = (before ?? '').split('\n').filter((line) => line !== '' && !/^\s*nameserver\s/.test(line))
  const after = [...rest, ...dns.map((ip) => `nameserver ${ip}`)].map((line) => `${line}\n`).join('')
  if (after === before) return []
  const reason = `the host asks ${dns.join(' and ')} for names`
  return [{ path: file?.path ?? `${etc}/resolv.conf`, before, after, mode: file?.mode ?? 0o644, reason }]
}

/** A DHCP client that begins with the bridge writes into it, and nobody puts back what it said before. */
export function leasedResolver({ resolver, etc }: SeenKeeper): FileChange[] {
  if (resolver === undefined) return []
  const { file } = resolver
  const [path, before, mode] = [file?.path ?? `${etc}/resolv.conf`, file?.content, file?.mode ?? 0o644]
  return [{ path, before, after: before, mode, reason: `the DHCP client writes ${path}`, isClients: true }]
}

/** What a client has written into it meanwhile is as good as nobody's. */
export function resolverBack(written: readonly FileChange[], { resolver }: SeenKeeper): FileChange[] {
  return written
    .filter(({ isClients }) => isClients === true)
    .map((change) => ({
      ...change,
      before: resolver?.file?.content,
      after: change.before,
      reason: `${change.path} says what it said before the DHCP client`,
    }))
}
