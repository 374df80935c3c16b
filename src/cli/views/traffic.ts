/** What ports carry, for people: totals in one look, rates between two. */
import { formatRate } from '../../api/rate.ts'
import { formatSize } from '../../core/size.ts'
import type { CountView, ImpairmentView, PortDetailView } from '../../api/views.ts'
import { formatFacts, formatTable } from './table.ts'
import type { TableOptions } from './table.ts'

/** A second's worth, as the guest sees it. */
export interface Rates {
  readonly received: Rate
  readonly sent: Rate
}

interface Rate {
  readonly bits: number
  readonly packets: number
  readonly drops: number
}

export interface RatedPort extends PortDetailView {
  /** null: there is nothing to compare with yet. */
  readonly rates: Rates | null
}

export function ratePorts(
  before: readonly PortDetailView[],
  after: readonly PortDetailView[],
): readonly RatedPort[] {
  const known = new Map(before.map((port) => [`${port.network}/${port.interface}`, port]))
  return after.map((port) => {
    const last = known.get(`${port.network}/${port.interface}`)
    return { ...port, rates: last === undefined ? null : ratesBetween(last.traffic, port.traffic) }
  })
}

type Traffic = PortDetailView['traffic']

/** null also when a port of that name was made anew: its counters begin at 0 again. */
export function ratesBetween(before: Traffic, after: Traffic): Rates | null {
  if (before === null || after === null) return null
  const seconds = (Date.parse(after.at) - Date.parse(before.at)) / 1000
  const isYounger = after.received.bytes < before.received.bytes || after.sent.bytes < before.sent.bytes
  if (seconds <= 0 || isYounger) return null
  const rate = (from: CountView, to: CountView): Rate => ({
    bits: Math.round(((to.bytes - from.bytes) * 8) / seconds),
    packets: Math.round((to.packets - from.packets) / seconds),
    drops: Math.round((to.drops - from.drops) / seconds),
  })
  return { received: rate(before.received, after.received), sent: rate(before.sent, after.sent) }
}

/** `network`: its column is of use only when there are several. */
export function formatPortList(
  ports: readonly PortDetailView[],
  hasNetwork: boolean,
  options: TableOptions,
): string {
  const heading = ['Interface', 'Whose', 'Address', 'State', 'Received', 'Sent']
  const rows = ports.map((port) => [
    ...(hasNetwork ? [port.network] : []),
    port.interface,
    port.owner,
    port.ip ?? '-',
    stateOf(port),
    formatTotal(port.traffic?.received),
    formatTotal(port.traffic?.sent),
  ])
  return formatTable(hasNetwork ? ['Network', ...heading] : heading, rows, options)
}

/** As wide as an old terminal: who looks at it all day has others beside it. */
export function formatRates(ports: readonly RatedPort[], hasNetwork: boolean, options: TableOptions): string {
  const heading = ['Interface', 'Whose', 'Receives', 'Pkts/s', 'Sends', 'Pkts/s', 'Drops/s']
  const rows = ports.map((port) => [
    ...(hasNetwork ? [port.network] : []),
    port.interface,
    port.owner,
    ...(port.link === 'down' ? ['link down', '-'] : rateCells(port.rates?.received)),
    ...rateCells(port.rates?.sent),
    port.rates === null ? '-' : String(port.rates.received.drops + port.rates.sent.drops),
  ])
  return formatTable(hasNetwork ? ['Network', ...heading] : heading, rows, options)
}

export function formatPort(port: PortDetailView): string {
  return formatFacts([
    ['Interface', port.interface],
    ['Network', port.network],
    ['Whose', port.owner],
    ['Name', port.name ?? '-'],
    ['Address', port.ip ?? '-'],
    ['MAC', port.mac ?? '-'],
    ['Link', port.link === 'up' ? 'up' : 'down: its cable is out'],
    ['State', port.state ?? '-'],
    ['Received', formatCount(port.traffic?.received)],
    ['Sent', formatCount(port.traffic?.sent)],
    ['To guest', formatImpairment(port.impairment) ?? 'unhindered'],
    ['From guest', formatImpairment(port.impairmentFromGuest) ?? 'unhindered'],
  ])
}

/** What a look at the column must tell at once: a cable that is out, a cable that is bad. */
function stateOf(port: PortDetailView): string {
  if (port.link === 'down') return 'link down'
  const from = formatImpairment(port.impairmentFromGuest)
  const parts = [port.state ?? '-', formatImpairment(port.impairment), from && `from it ${from}`]
  return parts.filter((part) => part !== undefined).join(', ')
}

function formatImpairment({ delayMs, lossPercent, rateBits }: ImpairmentView): string | undefined {
  const parts = [
    ...(delayMs > 0 ? [`${String(delayMs)} ms late`] : []),
    ...(lossPercent > 0 ? [`${String(lossPercent)} % lost`] : []),
    ...(rateBits > 0 ? [`at most ${formatRate(rateBits)}`] : []),
  ]
  return parts.length === 0 ? undefined : parts.join(', ')
}

const formatTotal = (count: CountView | undefined): string =>
  count === undefined ? '-' : formatSize(count.bytes)

function formatCount(count: CountView | undefined): string {
  if (count === undefined) return '-'
  const dropped = count.drops === 0 ? '' : `, ${String(count.drops)} dropped`
  return `${formatSize(count.bytes)} in ${String(count.packets)} packets${dropped}`
}

function rateCells(rate: Rate | undefined): [string, string] {
  return rate === undefined ? ['-', '-'] : [formatRate(rate.bits), String(rate.packets)]
}
