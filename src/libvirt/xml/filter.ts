/** `<filter>` and `<filterbinding>`: what a text says of a network filter, and the text of one that is there. */
import { parseMac } from '../../core/address/mac.ts'
import { fieldsOf } from '../../core/network/filter/filter-fields.ts'
import { ruleProblem } from '../../core/network/filter/filter-rule-problem.ts'
import {
  CHAIN_PRIORITIES,
  FILTER_ACTIONS,
  FILTER_DIRECTIONS,
  isInclude,
  type FilterEntry,
  type FilterField,
  type FilterParameter,
  type FilterRule,
  type FilterSpec,
} from '../../core/network/filter/filter-spec.ts'
import { isVariable, KINDS } from '../../core/network/filter/filter-values.ts'
import { escapeXml } from './element-shape.ts'
import { canonicalUuid, isUuid } from './pool.ts'
import { parseXml, type XmlElement } from './xml-tree.ts'

/** The kinds of refusal that libvirt has for it. */
export interface FilterRefusal {
  readonly kind: 'internal' | 'xml' | 'xmlDetail' | 'invalidArgument' | 'unsupportedConfig'
  readonly wrong: string
}

const REFUSAL = Symbol('as libvirt tells it')

const refuse = (kind: FilterRefusal['kind'], wrong: string): Error =>
  Object.assign(new Error(wrong), { [REFUSAL]: { kind, wrong } })

/** What `read` throws of what is wrong with the text. */
async function orRefusal<T>(
  text: string,
  what: 'filter' | 'filterbinding',
  read: (root: XmlElement) => T,
): Promise<T | FilterRefusal> {
  const parsed = await parseXml(text)
  if ('problem' in parsed) {
    const { line = 1, message } = parsed.problem
    return { kind: 'xmlDetail', wrong: `(nwfilter_definition):${String(line)}: ${message}` }
  }
  const { root } = parsed
  if (root.name !== what)
    return { kind: 'xml', wrong: `expecting root element of '${what}', not '${root.name}'` }
  try {
    return read(root)
  } catch (error) {
    const known = error instanceof Error ? (error as { [REFUSAL]?: FilterRefusal })[REFUSAL] : undefined
    if (known === undefined) throw error
    return known
  }
}

const attributeOf = ({ attributes }: XmlElement, name: string): string | undefined =>
  attributes.find((each) => each.name === name)?.value

/** Without a UUID one is to be chosen. */
export type GivenFilter = Omit<FilterSpec, 'uuid'> & { readonly uuid?: string }

export function readFilterXml(text: string): Promise<GivenFilter | FilterRefusal> {
  return orRefusal(text, 'filter', (root): GivenFilter => {
    const name = attributeOf(root, 'name')
    if (name === undefined || name === '') throw refuse('internal', 'filter has no name')
    if (!/^[^/\s.\p{Cc}"][^/\p{Cc}"]*$/u.test(name))
      throw refuse('xml', `name '${name}' cannot be the name of a filter`)
    const chain = attributeOf(root, 'chain') ?? 'root'
    const priority = chainPriority(root, chain)
    const uuid = root.children.find((each) => each.name === 'uuid')?.text.trim()
    if (uuid !== undefined && !isUuid(uuid)) throw refuse('xml', 'malformed uuid element')
    const entries = root.children.flatMap((each) => (each.name === 'uuid' ? [] : [readEntry(each)]))
    return { name, chain, priority, entries, ...(uuid === undefined ? {} : { uuid: canonicalUuid(uuid) }) }
  })
}

const PREFIXES = ['mac', 'vlan', 'stp', 'arp', 'rarp', 'ipv4', 'ipv6']

function chainPriority(root: XmlElement, chain: string): number {
  if (chain.length > 12) throw refuse('invalidArgument', 'Name of chain is longer than 12 characters')
  const isKnown = chain === 'root' || PREFIXES.some((each) => chain === each || chain.startsWith(`${each}-`))
  if (!isKnown)
    throw refuse(
      'invalidArgument',
      `Invalid chain name '${chain}'. Please use a chain name called 'root' or any of the following prefixes: ${PREFIXES.join(', ')}`,
    )
  if (!/^[\w.-]+$/.test(chain)) throw refuse('invalidArgument', 'Chain name contains invalid characters')
  const said = attributeOf(root, 'priority')
  if (said === undefined) return CHAIN_PRIORITIES[chain] ?? 0
  return readPriority(said)
}

function readPriority(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw refuse('invalidArgument', `Could not parse priority '${text}'`)
  const value = Number(text)
  if (Math.abs(value) > 1000)
    throw refuse('invalidArgument', `Priority '${text}' is outside valid range of [-1000,1000]`)
  return value
}

function readEntry(element: XmlElement): FilterEntry {
  if (element.name === 'rule') return readRule(element)
  if (element.name !== 'filterref')
    throw refuse('xml', `<${element.name}> in <filter> is not known: <rule> or <filterref>`)
  const filter = attributeOf(element, 'filter')
  if (filter === undefined) throw refuse('internal', 'rule node requires action attribute')
  const parameters = readParameters(element)
  return { filter, ...(parameters.length === 0 ? {} : { parameters }) }
}

/** By name, as libvirt prints them. */
function readParameters(element: XmlElement): FilterParameter[] {
  return element.children
    .map((each) => {
      const [name = '', value] = [attributeOf(each, 'name'), attributeOf(each, 'value')]
      if (each.name !== 'parameter' || value === undefined || !/^[A-Za-z0-9_]+$/.test(name))
        throw refuse('xml', `<${each.name} name='${name}'> in <filterref> is no parameter with a value`)
      return { name, value }
    })
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

const oneOf = <T extends string>(words: readonly T[], text: string, what: string): T => {
  const known = words.find((each) => each === text.toLowerCase())
  if (known === undefined) throw refuse('unsupportedConfig', `unknown rule ${what} attribute value`)
  return known
}

function readRule(element: XmlElement): FilterRule {
  const [action, direction] = [attributeOf(element, 'action'), attributeOf(element, 'direction')]
  if (action === undefined) throw refuse('internal', 'rule node requires action attribute')
  const chosen = oneOf(FILTER_ACTIONS, action, 'action')
  if (direction === undefined) throw refuse('internal', 'rule node requires direction attribute')
  const unknown = element.attributes.find(
    ({ name }) => !['action', 'direction', 'priority', 'statematch'].includes(name),
  )
  if (unknown !== undefined) throw refuse('xml', `attribute '${unknown.name}' of <rule> is not known`)
  const rule: FilterRule = {
    action: chosen,
    direction: oneOf(FILTER_DIRECTIONS, direction, 'direction'),
    priority: readPriority(attributeOf(element, 'priority') ?? '500'),
    ...(/^(0|false)$/i.test(attributeOf(element, 'statematch') ?? '') ? { isStateless: true } : {}),
    ...readMatches(element),
  }
  const problem = ruleProblem(rule)
  if (problem !== undefined) throw refuse('internal', problem)
  return rule
}

/** Several elements of one protocol are one rule: some of what it compares may be told to differ. */
function readMatches({ children }: XmlElement): Pick<FilterRule, 'protocol' | 'fields'> {
  const [first] = children
  if (first === undefined) return {}
  const protocol = first.name
  const kinds = fieldsOf(protocol)
  if (kinds === undefined) throw refuse('internal', `protocol <${protocol}> is not known`)
  const other = children.find(({ name }) => name !== protocol)
  if (other !== undefined)
    throw refuse(
      'internal',
      `<${other.name}> beside <${protocol}> in one <rule> is not supported: write two rules`,
    )
  const fields = new Map<string, FilterField>()
  for (const child of children) {
    const isNot = /^no$/i.test(attributeOf(child, 'match') ?? '')
    for (const { name, value } of child.attributes) {
      if (name === 'match') continue
      const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
      if (kind === undefined) throw refuse('internal', `attribute '${name}' of <${protocol}> is not known`)
      if (fields.has(name)) throw refuse('internal', `attribute '${name}' stands twice in one <rule>`)
      const read = isVariable(value) ? value : KINDS[kind](value)
      if (read === undefined) throw refuse('internal', `${name} has illegal value ${value}`)
      fields.set(name, { name, value: read, ...(isNot ? { isNot } : {}) })
    }
  }
  const inOrder = Object.keys(kinds).flatMap((name) => fields.get(name) ?? [])
  return { protocol, ...(inOrder.length === 0 ? {} : { fields: inOrder }) }
}

/** As libvirt prints it. */
export function filterXml({ name, uuid, chain, priority, entries }: FilterSpec): string {
  const turn = chain === 'root' ? '' : ` priority='${String(priority)}'`
  const body = entries.map((entry) =>
    isInclude(entry) ? referenceXml(entry.filter, entry.parameters, '  ') : ruleXml(entry),
  )
  return `<filter name='${escapeXml(name)}' chain='${chain}'${turn}>\n  <uuid>${uuid}</uuid>\n${body.join('')}</filter>\n`
}

function referenceXml(
  filter: string,
  parameters: readonly FilterParameter[] | undefined,
  indent: string,
): string {
  const head = `${indent}<filterref filter='${escapeXml(filter)}'`
  if (parameters === undefined || parameters.length === 0) return `${head}/>\n`
  const lines = parameters.map(
    ({ name, value }) => `${indent}  <parameter name='${name}' value='${escapeXml(value)}'/>\n`,
  )
  return `${head}>\n${lines.join('')}${indent}</filterref>\n`
}

function ruleXml({ action, direction, priority, isStateless, protocol, fields = [] }: FilterRule): string {
  const state = isStateless === true ? " statematch='false'" : ''
  const head = `  <rule action='${action}' direction='${direction}' priority='${String(priority)}'${state}`
  if (protocol === undefined) return `${head}/>\n`
  const parts: string[] = []
  let last: boolean | undefined
  for (const { name, value, isNot = false } of fields) {
    if (isNot !== last) parts.push(`    <${protocol}${isNot ? " match='no'" : ''}`)
    parts.push(`${parts.pop() ?? ''} ${name}='${escapeXml(value)}'`)
    last = isNot
  }
  const body = parts.length === 0 ? [`    <${protocol}`] : parts
  return `${head}>\n${body.map((part) => `${part}/>\n`).join('')}  </rule>\n`
}

/** Of a port that is held to a filter. */
export interface FilterBinding {
  readonly owner: { readonly name: string; readonly uuid: string }
  readonly port: string
  readonly mac: string
  readonly filter: string
  readonly parameters: readonly FilterParameter[]
}

/** What a port is to be held to. Its owner is whoever has the port. */
export type GivenBinding = Omit<FilterBinding, 'owner'>

export function readBindingXml(text: string): Promise<GivenBinding | FilterRefusal> {
  return orRefusal(text, 'filterbinding', (root): GivenBinding => {
    const of = (name: string, attribute: string): string | undefined => {
      const element = root.children.find((each) => each.name === name)
      return element === undefined ? undefined : attributeOf(element, attribute)
    }
    const [port, mac, filter] = [of('portdev', 'name'), of('mac', 'address'), of('filterref', 'filter')]
    if (port === undefined) throw refuse('internal', 'filter binding has no port dev name')
    if (mac === undefined) throw refuse('internal', 'filter binding has no MAC address')
    if (parseMac(mac) === undefined) throw refuse('internal', `Unable to parse MAC '${mac}'`)
    if (filter === undefined) throw refuse('internal', 'filter binding has no filter reference')
    const parameters = root.children.filter(({ name }) => name === 'filterref').flatMap(readParameters)
    return { port, mac, filter, parameters }
  })
}

export function bindingXml({ owner, port, mac, filter, parameters }: FilterBinding): string {
  return `<filterbinding>
  <owner>
    <name>${escapeXml(owner.name)}</name>
    <uuid>${owner.uuid}</uuid>
  </owner>
  <portdev name='${escapeXml(port)}'/>
  <mac address='${mac}'/>
${referenceXml(filter, parameters, '  ')}</filterbinding>
`
}
