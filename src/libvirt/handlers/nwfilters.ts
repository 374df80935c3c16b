/** Network filters, and the ports that are held to them; those that every libvirt brings are always there. */
import {
  defineFilter,
  filteredPorts,
  listFilters,
  undefineFilter,
  type FilteredPort,
} from '../../app/filters.ts'
import { filterNic } from '../../app/filter-nic.ts'
import { liveOf } from '../../app/live-disks.ts'
import { parseMac } from '../../core/address/mac.ts'
import { WeftError } from '../../core/errors.ts'
import type { FilterReference, FilterSpec } from '../../core/network/filter/filter-spec.ts'
import type { CallName } from '../wire/procedures.ts'
import { bindingXml, filterXml, readBindingXml, readFilterXml } from '../xml/filter.ts'
import { fail } from './failures.ts'
import type { Context, Handlers } from './handler.ts'

export const NWFILTER_HANDLERS = {
  CONNECT_NUM_OF_NWFILTERS: ({ app }) => ({ num: listFilters(app).length }),
  CONNECT_LIST_NWFILTERS: ({ app }, { maxnames }) => ({
    names: listFilters(app)
      .slice(0, maxnames)
      .map(({ name }) => name),
  }),
  CONNECT_LIST_ALL_NWFILTERS: ({ app }, { need_results }) => {
    const all = listFilters(app)
    return { filters: need_results === 0 ? [] : all.map(handleOf), ret: all.length }
  },
  NWFILTER_LOOKUP_BY_NAME: ({ app }, { name }) => {
    const filter = listFilters(app).find((each) => each.name === name)
    if (filter === undefined) throw fail('noFilter', 'nwfilter', `no nwfilter with matching name '${name}'`)
    return { nwfilter: handleOf(filter) }
  },
  NWFILTER_LOOKUP_BY_UUID: (context, { uuid }) => ({ nwfilter: handleOf(filterOf(context, uuid)) }),
  NWFILTER_GET_XML_DESC: (context, { nwfilter: { uuid } }) => ({ xml: filterXml(filterOf(context, uuid)) }),
  NWFILTER_DEFINE_XML: (context, { xml }) => defineByXml(context, xml),
  NWFILTER_DEFINE_XML_FLAGS: (context, { xml }) => defineByXml(context, xml),
  NWFILTER_UNDEFINE: async (context, { nwfilter: { uuid } }) => {
    const { name } = filterOf(context, uuid)
    await inLibvirtsWords(undefineFilter(context.app, name, context.change))
    return {}
  },
  CONNECT_LIST_ALL_NWFILTER_BINDINGS: async ({ app }, { need_results }) => {
    const all = (await filteredPorts(app)).map(bindingOf)
    return { bindings: need_results === 0 ? [] : all, ret: all.length }
  },
  NWFILTER_BINDING_LOOKUP_BY_PORT_DEV: async (context, { name }) => ({
    nwfilter: bindingOf(await portOf(context, name)),
  }),
  NWFILTER_BINDING_GET_XML_DESC: async (context, { nwfilter: { portdev } }) => {
    const port = await portOf(context, portdev)
    const { interface: name, mac, filter, hostName, guest = hostName ?? name } = port
    const uuid = context.app.machines.spec(guest)?.uuid ?? context.app.vms.find(guest)?.uuid ?? NO_UUID
    const { name: wanted, variables: parameters } = filter
    return { xml: bindingXml({ owner: { name: guest, uuid }, port: name, mac, filter: wanted, parameters }) }
  },
  NWFILTER_BINDING_CREATE_XML: async (context, { xml }) => {
    const read = await readBindingXml(xml)
    if ('wrong' in read) throw fail(read.kind, 'nwfilter', read.wrong)
    const { port, mac, filter: name, parameters } = read
    if ((await filteredPorts(context.app)).some((each) => each.interface === port))
      throw fail('failed', 'nwfilter', `binding '${port}' already exists`)
    const nic = await nicAt(context, port)
    if (nic.mac !== parseMac(mac))
      throw fail('invalidArgument', 'nwfilter', `port '${port}' has the MAC ${nic.mac}, not ${mac}`)
    const filter = { name, ...(parameters.length === 0 ? {} : { parameters }) }
    await hold(context, nic, filter)
    return { nwfilter: { portdev: port, filtername: name } }
  },
  NWFILTER_BINDING_DELETE: async (context, { nwfilter: { portdev } }) => {
    await hold(context, await nicAt(context, (await portOf(context, portdev)).interface), undefined)
    return {}
  },
} as const satisfies Partial<
  Handlers<Extract<CallName, `NWFILTER_${string}` | `CONNECT_${string}NWFILTER${string}`>>
>

interface PluggedNic {
  readonly machine: string
  readonly mac: string
}

async function nicAt({ app }: Context, port: string): Promise<PluggedNic> {
  for (const machine of app.machines.names()) {
    const live = await liveOf(app, machine)
    const nic = live?.spec.nics[live.taps.findIndex((tap) => tap === port)]
    if (nic !== undefined) return { machine, mac: nic.mac }
  }
  const those = 'NICs of machines that run are held to filters, and nothing else is'
  throw fail('unsupported', 'nwfilter', `port '${port}' is no NIC of a machine that runs: ${those}`)
}

/** What runs, as libvirt does it: the definition stays, and holds from the next start. */
async function hold(
  { app, change }: Context,
  { machine, mac }: PluggedNic,
  filter: FilterReference | undefined,
): Promise<void> {
  await inLibvirtsWords(filterNic(app, machine, { mac, filter }, { ...change, scope: 'running' }))
}

const NO_UUID = '00000000-0000-0000-0000-000000000000'

const handleOf = ({ name, uuid }: FilterSpec): { name: string; uuid: string } => ({ name, uuid })

const bindingOf = ({
  interface: portdev,
  filter,
}: FilteredPort): { portdev: string; filtername: string } => ({
  portdev,
  filtername: filter.name,
})

function filterOf({ app }: Context, uuid: string): FilterSpec {
  const filter = listFilters(app).find((each) => each.uuid === uuid)
  if (filter === undefined) throw fail('noFilter', 'nwfilter', `no nwfilter with matching uuid '${uuid}'`)
  return filter
}

async function portOf({ app }: Context, name: string): Promise<FilteredPort> {
  const port = (await filteredPorts(app)).find((each) => each.interface === name)
  if (port === undefined) throw fail('noBinding', 'nwfilter', `no nwfilter binding for port dev '${name}'`)
  return port
}

const KINDS = { 'already-exists': 'failed', 'in-use': 'invalid', 'wrong-state': 'invalid' } as const

/** Without the hints that people are given elsewhere. */
async function inLibvirtsWords<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof WeftError) || !Object.hasOwn(KINDS, error.code)) throw error
    throw fail(KINDS[error.code as keyof typeof KINDS], 'nwfilter', error.message)
  }
}

async function defineByXml(
  context: Context,
  xml: string,
): Promise<{ nwfilter: ReturnType<typeof handleOf> }> {
  const read = await readFilterXml(xml)
  if ('wrong' in read) throw fail(read.kind, 'nwfilter', read.wrong)
  const wanted = { ...read, uuid: read.uuid ?? context.app.chance.uuid() }
  await inLibvirtsWords(defineFilter(context.app, wanted, context.change))
  return { nwfilter: handleOf(wanted) }
}
