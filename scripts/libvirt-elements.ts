/** Part of docs/reference/libvirt.md: what becomes of each element and attribute of libvirt's XML, from the tables that its readers and writers follow. */
import { ETHERNET_FIELDS, IP_FIELDS } from '../src/core/network/filter/filter-fields.ts'
import { CANNOT } from '../src/core/network/filter/filter-rule-problem.ts'
import { CHAIN_PRIORITIES } from '../src/core/network/filter/filter-spec.ts'
import { DOMAIN_ELEMENT } from '../src/libvirt/xml/domain/domain-element.ts'
import { namedParts, type NamedPart } from '../src/libvirt/xml/element-names.ts'
import type { ElementShape } from '../src/libvirt/xml/element-shape.ts'
import { DEVICE_ELEMENT, INTERFACE_ELEMENT } from '../src/libvirt/xml/host-elements.ts'
import { NETWORK_ELEMENT } from '../src/libvirt/xml/network-element.ts'
import { SNAPSHOT_ELEMENT } from '../src/libvirt/xml/snapshot-element.ts'
import { POOL_ELEMENT, SECRET_ELEMENT, VOLUME_ELEMENT } from '../src/libvirt/xml/storage-element.ts'

/** What is defined by a text. */
const DEFINED: readonly Table[] = [
  ['Networks', 'network', NETWORK_ELEMENT],
  ['Machines', 'domain', DOMAIN_ELEMENT],
  ['Snapshots', 'domainsnapshot', SNAPSHOT_ELEMENT],
  ['Pools', 'pool', POOL_ELEMENT],
  ['Volumes', 'volume', VOLUME_ELEMENT],
  ['Secrets', 'secret', SECRET_ELEMENT],
]
/** What is told of the host, and not defined. */
const TOLD: readonly Table[] = [
  ['Interfaces of the host', 'interface', INTERFACE_ELEMENT],
  ['Devices of the host', 'device', DEVICE_ELEMENT],
]

type Table = readonly [title: string, name: string, shape: ElementShape]

export function elementTables(): string {
  return [
    ...DEFINED.map(([title, name, shape]) => tableOf(title, namedParts(name, shape), (fate) => fate)),
    ...TOLD.map(([title, name, shape]) => tableOf(title, namedParts(name, shape), toldWord)),
    filterTable(),
  ].join('\n\n')
}

/** What the rules of network filters may compare. */
function filterTable(): string {
  const rows = Object.entries({ ...ETHERNET_FIELDS, ...IP_FIELDS }).map(([protocol, fields]) => {
    const works = Object.keys(fields).filter((name) => !Object.hasOwn(CANNOT, name))
    const refused = Object.keys(fields).filter((name) => Object.hasOwn(CANNOT, name))
    return `| ${protocol} | ${works.join(', ')} | ${refused.join(', ')} |`
  })
  const reasons = Object.entries(CANNOT).map(([name, because]) => `- ${name}: ${because}.`)
  return `### Network filters

\`<filter>\`, \`<filterref>\` with \`<parameter>\`, and \`<rule>\` work with all their attributes; what stands in none of them is refused by name. Chains are \`root\`, and ${Object.keys(
    CHAIN_PRIORITIES,
  )
    .filter((name) => name !== 'root')
    .join(', ')}, alone or with a word behind a hyphen. \`action='reject'\` drops frames, and is refused with
packets of IP. \`state\` is NEW,ESTABLISHED, ESTABLISHED, one of these with RELATED (what ICMP reports), or NONE.

| protocol | attributes that work | refused |
| --- | --- | --- |
${rows.join('\n')}

${reasons.join('\n')}`
}

const toldWord = (fate: NamedPart['fate']): string => (fate === 'works' ? 'told' : 'not told')

function tableOf(
  title: string,
  parts: readonly NamedPart[],
  word: (fate: NamedPart['fate']) => string,
): string {
  const elements = parts.filter(({ path }) => !path.includes('@'))
  const attributes = (path: string, fate: NamedPart['fate']): string =>
    parts
      .filter((part) => part.fate === fate && part.path.startsWith(`${path}@`))
      .map((part) => part.path.slice(path.length + 1))
      .join(', ')
  const hasKept = parts.some(({ fate }) => fate === 'kept')
  const rows = elements.map(({ path, fate, because }) => {
    const kept = hasKept ? [attributes(path, 'kept')] : []
    const cells = [path, word(fate), attributes(path, 'works'), ...kept, because ?? '']
    return `| ${cells.join(' | ')} |`
  })
  const counts = (['works', 'kept', 'not read', 'refused'] as const)
    .map((fate) => [word(fate), parts.filter((part) => part.fate === fate).length] as const)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${String(count)} ${name}`)
  const heads = ['element', ' ', 'its attributes', ...(hasKept ? ['attributes that are kept'] : []), 'why']
  return `### ${title}

${String(parts.length)} elements and attributes: ${counts.join(', ')}.

| ${heads.join(' | ')} |
|${' --- |'.repeat(heads.length)}
${rows.join('\n')}`
}
