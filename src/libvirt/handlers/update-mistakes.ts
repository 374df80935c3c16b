/** What libvirt says of an entry that is there already, or is not there. */
import { WeftError } from '../../core/errors.ts'
import { fail } from './failures.ts'

interface Words {
  readonly there: (network: string, xml: string) => string
  readonly missing: (network: string, xml: string) => string
}

const record = (kind: string, there: (network: string, xml: string) => string): Words => ({
  there,
  missing: (network) => `couldn't locate a matching DNS ${kind} record in network ${network}`,
})

const WORDS: Readonly<Record<string, Words>> = {
  'ip-dhcp-host': {
    there: (network, xml) => {
      const [mac, name, ip] = ['mac', 'name', 'ip'].map((key) => attribute(xml, key) ?? 'unknown')
      const entry = `<host mac='${mac ?? ''}' name='${name ?? ''}' ip='${ip ?? ''}'/>`
      return `there is an existing dhcp host entry in network '${network}' that matches "${entry}"`
    },
    missing: (network) => `couldn't locate a matching dhcp host entry in network '${network}'`,
  },
  'ip-dhcp-range': {
    there: (network, xml) => {
      const entry = `<range start='${attribute(xml, 'start') ?? ''}' end='${attribute(xml, 'end') ?? ''}'/>`
      return `there is an existing dhcp range entry in network '${network}' that matches "${entry}"`
    },
    missing: (network) => `couldn't locate a matching dhcp range entry in network '${network}'`,
  },
  'dns-host': record(
    'HOST',
    (network) => `there is already at least one DNS HOST record with a matching field in network ${network}`,
  ),
  'dns-txt': record(
    'TXT',
    (network, xml) =>
      `there is already a DNS TXT record with name '${attribute(xml, 'name') ?? ''}' in network ${network}`,
  ),
  'dns-srv': record(
    'SRV',
    (network) =>
      `there is already at least one DNS SRV record matching all specified fields in network ${network}`,
  ),
  portgroup: {
    there: (network, xml) =>
      `there is an existing portgroup entry in network '${network}' that matches "<portgroup name='${attribute(xml, 'name') ?? ''}'>"`,
    missing: (network, xml) =>
      `couldn't find a portgroup entry in network '${network}' matching <portgroup name='${attribute(xml, 'name') ?? ''}'>`,
  },
}

/** The error of an update, in libvirt's words where it has some. */
export function updateMistake(error: unknown, section: string, network: string, xml: string): unknown {
  if (!(error instanceof WeftError)) return error
  const words = WORDS[section]
  if (error.code === 'already-exists' && words !== undefined)
    return fail('invalid', 'network', words.there(network, xml))
  if (error.code === 'not-found' && words !== undefined)
    return fail('invalid', 'network', words.missing(network, xml))
  const mac = error.problems.map(({ message }) => /^('.*') is not a MAC address$/.exec(message)?.[1])[0]
  if (mac !== undefined)
    return fail('xml', 'network', `Cannot parse MAC address ${mac} in network '${network}'`)
  return error
}

function attribute(xml: string, name: string): string | undefined {
  return new RegExp(`\\b${name}\\s*=\\s*['"]([^'"]*)`).exec(xml)?.[1]
}
