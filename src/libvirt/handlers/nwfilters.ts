/** The filters that every libvirt brings: listed and shown. weft has rules of its own, and refuses others where they are used or defined. */
import { nameUuid } from '../../core/network/port-uuid.ts'
import type { CallName } from '../wire/procedures.ts'
import { STOCK_FILTERS, stockFilterXml, type StockFilter } from '../xml/stock-filters.ts'
import { fail } from './failures.ts'
import type { Handlers } from './handler.ts'

export const NWFILTER_HANDLERS = {
  CONNECT_NUM_OF_NWFILTERS: () => ({ num: STOCK_FILTERS.length }),
  CONNECT_LIST_NWFILTERS: (_context, { maxnames }) => ({
    names: STOCK_FILTERS.slice(0, maxnames).map(({ name }) => name),
  }),
  CONNECT_LIST_ALL_NWFILTERS: (_context, { need_results }) => ({
    filters: need_results === 0 ? [] : STOCK_FILTERS.map(handleOf),
    ret: STOCK_FILTERS.length,
  }),
  NWFILTER_LOOKUP_BY_NAME: (_context, { name }) => {
    const filter = STOCK_FILTERS.find((each) => each.name === name)
    if (filter === undefined) throw fail('noFilter', 'nwfilter', `no nwfilter with matching name '${name}'`)
    return { nwfilter: handleOf(filter) }
  },
  NWFILTER_LOOKUP_BY_UUID: (_context, { uuid }) => ({ nwfilter: handleOf(filterOf(uuid)) }),
  NWFILTER_GET_XML_DESC: (_context, { nwfilter: { uuid } }) => ({
    xml: stockFilterXml(filterOf(uuid), uuid),
  }),
  // Nobody uses any of them.
  CONNECT_LIST_ALL_NWFILTER_BINDINGS: () => ({ bindings: [], ret: 0 }),
  NWFILTER_DEFINE_XML: () => {
    throw fail(
      'unsupported',
      'nwfilter',
      'weft has rules of its own: weft rule add, weft rule set NET --anti-spoofing address',
    )
  },
  NWFILTER_UNDEFINE: () => {
    throw fail('invalid', 'nwfilter', 'the filters that every libvirt brings stay')
  },
} as const satisfies Partial<
  Handlers<Extract<CallName, `NWFILTER_${string}` | `CONNECT_${string}NWFILTER${string}`>>
>

const uuidOf = (name: string): string => nameUuid(`nwfilter ${name}`)

const handleOf = ({ name }: StockFilter): { name: string; uuid: string } => ({ name, uuid: uuidOf(name) })

function filterOf(uuid: string): StockFilter {
  const filter = STOCK_FILTERS.find(({ name }) => uuidOf(name) === uuid)
  if (filter === undefined) throw fail('noFilter', 'nwfilter', `no nwfilter with matching uuid '${uuid}'`)
  return filter
}
