/** The zones of weft's in firewalld, as files of its own kind: what is let in from a bridge and out of it is up to them. */

const SERVICES = ['dhcp', 'dhcpv6', 'dns'].map((name) => `  <service name="${name}"/>\n`).join('')

const zone = (about: string): string => `<?xml version="1.0" encoding="utf-8"?>
<zone>
  <short>weft</short>
  <description>${about} Made by weft.</description>
${SERVICES}</zone>
`

const policy = (about: string, from: readonly string[], to: string): string => {
  const ingress = from.map((name) => `  <ingress-zone name="${name}"/>\n`).join('')
  return `<?xml version="1.0" encoding="utf-8"?>
<policy target="ACCEPT">
  <short>weft</short>
  <description>${about} Made by weft.</description>
${ingress}  <egress-zone name="${to}"/>
</policy>
`
}

/** Of networks whose guests are reached at what they publish, and of those who are reached at all. */
export const ZONES = { nat: 'weft', routed: 'weft-routed' } as const
export type ZoneName = (typeof ZONES)[keyof typeof ZONES]

export const FIREWALLD_DIRECTORY = '/etc/firewalld'

/** By their paths under firewalld's directory. What goes out passes weft's own rules as well, and so does what comes in. */
export const FIREWALLD_FILES: Readonly<Record<string, string>> = {
  'zones/weft.xml': zone('Bridges of virtual machines.'),
  'zones/weft-routed.xml': zone('Bridges of virtual machines that are reached under their own addresses.'),
  'policies/weft-out.xml': policy(
    "Virtual machines reach what weft's own rules let them reach.",
    Object.values(ZONES),
    'ANY',
  ),
  'policies/weft-routed-in.xml': policy('Virtual machines are reached.', ['ANY'], ZONES.routed),
}
