/** Name servers, where nobody writes them for this host: lines of /etc/resolv.conf. */
import type { WantedAddress } from '../uplink/wanted-address.ts'
import type { FileChange, SeenResolver } from './seen-keeper.ts'

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
