/** The strings of a `<bandwidth>` element, checked and written back. */
import type { BandwidthSpec, RateSpec } from '../../core/network/spec.ts'
import type { Reading } from './element-shape.ts'
import { given } from './given.ts'
import type { BandwidthData } from './network-element.ts'
import { complain, readNumber } from './read-value.ts'

type RateData = NonNullable<BandwidthData['inbound']>

/** libvirt forgets an element with nothing in it, and so does weft. */
export function readBandwidth(
  data: BandwidthData | undefined,
  path: string,
  reading: Reading,
): BandwidthSpec | undefined {
  if (data === undefined) return undefined
  const spec = given({
    inbound: readRate(data.inbound, `${path}.inbound`, reading),
    outbound: readRate(data.outbound, `${path}.outbound`, reading),
  })
  return Object.keys(spec).length === 0 ? undefined : spec
}

/** libvirt takes a peak or burst of 0 for no word at all. */
function readRate(data: RateData | undefined, path: string, reading: Reading): RateSpec | undefined {
  if (data === undefined) return undefined
  const average = readNumber(data.average, `${path}.average`, reading)
  const peak = readNumber(data.peak, `${path}.peak`, reading)
  const burst = readNumber(data.burst, `${path}.burst`, reading)
  const name = path.slice(path.lastIndexOf('.') + 1)
  if (data.average === undefined || average === 0)
    complain(reading, path, `${name} needs an average`, 'kilobytes a second, such as 1000')
  const more = given({ peak: peak === 0 ? undefined : peak, burst: burst === 0 ? undefined : burst })
  return { average: average ?? 0, ...more }
}

export function bandwidthData(bandwidth: BandwidthSpec | undefined): BandwidthData | undefined {
  if (bandwidth === undefined) return undefined
  return given({ inbound: rateData(bandwidth.inbound), outbound: rateData(bandwidth.outbound) })
}

function rateData(rate: RateSpec | undefined): RateData | undefined {
  if (rate === undefined) return undefined
  const { average, peak, burst } = rate
  const text = (value: number | undefined): string | undefined =>
    value === undefined ? undefined : String(value)
  return { average: String(average), ...given({ peak: text(peak), burst: text(burst) }) }
}
