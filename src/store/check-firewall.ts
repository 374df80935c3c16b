/** Checks the firewall in a network's file. */
import { parseIpv4Cidr } from '../core/address/ipv4.ts'
import { parseIpv6Cidr } from '../core/address/ipv6.ts'
import { ANTI_SPOOFING, DIRECTIONS, PROTOCOLS, VERDICTS } from '../core/network/guard/firewall-spec.ts'
import { count, list, oneOf, optional, record, someText, wrong, type Check } from './check-value.ts'

const verdict = optional(oneOf(...VERDICTS))
const antiSpoofing = optional(oneOf(...ANTI_SPOOFING))

const cidr: Check = (value, where) => {
  record({ family: oneOf('ipv4', 'ipv6'), address: someText, prefix: count })(value, where)
  const { family, address, prefix } = value as { family: string; address: string; prefix: number }
  const text = `${address}/${String(prefix)}`
  const parsed = family === 'ipv4' ? parseIpv4Cidr(text) : parseIpv6Cidr(text)
  if (parsed?.address !== address) throw wrong(where, 'an address with its prefix')
}

const peer: Check = (value, where) => {
  record({ kind: oneOf('addresses', 'guest', 'group') })(value, where)
  const isList = (value as { kind: string }).kind === 'addresses'
  record(isList ? { addresses: list(cidr) } : { name: someText })(value, where)
}

const rules = list(
  record({
    verdict: oneOf(...VERDICTS),
    direction: oneOf(...DIRECTIONS),
    protocol: oneOf(...PROTOCOLS),
    ports: optional(list(record({ start: count, end: count }))),
    peer: optional(peer),
  }),
)

export const firewall: Check = record({
  antiSpoofing,
  in: verdict,
  out: verdict,
  rules,
  groups: list(record({ name: someText, members: list(someText), in: verdict, out: verdict, rules })),
  guests: list(
    record({
      name: someText,
      antiSpoofing,
      addresses: optional(list(cidr)),
      in: verdict,
      out: verdict,
      rules,
    }),
  ),
})
