/** How fast a machine's disks and NICs may be: read, and set of what runs, of the definition, or of both. */
import { limitDisk } from '../../app/limit-disk.ts'
import { limitNic } from '../../app/limit-nic.ts'
import type { DiskDevice, NicBandwidth, NicDevice, NicRate } from '../../core/vm/spec.ts'
import type { TypedParam } from '../wire/types.ts'
import { fail } from './failures.ts'
import { findDrive, findNic } from './find-device.ts'
import type { Context, Handlers } from './handler.ts'
import { impactOf, specShown } from './impact.ts'
import { answerParams, numbersOf, textParam, uintParam, ulongParam } from './parameters.ts'

/** libvirt's, in its order; weft has the first and the fourth of them. */
const RATES = [
  ...['total_bytes_sec', 'read_bytes_sec', 'write_bytes_sec'],
  ...['total_iops_sec', 'read_iops_sec', 'write_iops_sec'],
]
const PEAKS = RATES.map((name) => `${name}_max`)
const LENGTHS = PEAKS.map((name) => `${name}_length`)
const DISK_LIMITS = [...RATES, ...PEAKS, 'size_iops_sec', ...LENGTHS]

const NIC_LIMITS = ['inbound', 'outbound'].flatMap((way) =>
  ['average', 'peak', 'burst', 'floor']
    .filter((name) => way === 'inbound' || name !== 'floor')
    .map((name) => `${way}.${name}`),
)

export const LIMIT_HANDLERS = {
  DOMAIN_GET_BLOCK_IO_TUNE: async (context, { dom, disk: word, nparams, flags }) => {
    const { spec } = await specShown(context, dom, flags & 3)
    // Who asks how many there are names no disk.
    const found = word === null && nparams === 0 ? undefined : findDrive(spec, word ?? '')
    if (found === undefined && word !== null) throw noDisk(word)
    return answerParams(diskParams(found?.kind === 'disk' ? found.disk : {}), nparams)
  },
  DOMAIN_SET_BLOCK_IO_TUNE: async (context, { dom, disk: word, params, flags }) => {
    const { name, scope } = impactOf(context, dom, flags & 3)
    const { spec } = await specShown(context, dom, flags & 3 & (scope === 'both' ? 1 : 3))
    const found = findDrive(spec, word)
    if (found?.kind !== 'disk') throw noDisk(word)
    const numbers = numbersOf(
      params.filter(({ field, value }) => field !== 'group_name' || value.value !== ''),
      DISK_LIMITS,
    )
    for (const [field, value] of numbers)
      if (value !== 0 && field !== 'total_bytes_sec' && field !== 'total_iops_sec')
        throw fail('unsupported', 'qemu', `weft limits reads and writes together, and not by ${field}`)
    const [bps, iops] = [numbers.get('total_bytes_sec'), numbers.get('total_iops_sec')]
    const wanted = { ...(bps === undefined ? {} : { bps }), ...(iops === undefined ? {} : { iops }) }
    await limitDisk(context.app, name, found.disk.path, wanted, { ...context.change, scope })
    return {}
  },
  DOMAIN_GET_INTERFACE_PARAMETERS: async (context, { dom, device, nparams, flags }) => {
    const { spec, live } = await specShown(context, dom, flags & 3)
    if (nparams === 0 && device === '') return answerParams(nicParams(undefined), 0)
    const nic = findNic(spec, live, device)
    if (nic === undefined) throw noNic(device)
    return answerParams(nicParams(nic.bandwidth), nparams)
  },
  DOMAIN_SET_INTERFACE_PARAMETERS: async (context, { dom, device, params, flags }) => {
    const { name, scope } = impactOf(context, dom, flags & 3)
    const nic = await limitedNic(context, dom, device, flags & 3 & (scope === 'both' ? 1 : 3))
    const numbers = numbersOf(params, NIC_LIMITS)
    if ((numbers.get('inbound.floor') ?? 0) !== 0)
      throw fail('unsupported', 'qemu', 'weft promises no NIC a floor')
    const inbound = rateOf(numbers, 'inbound', nic.bandwidth?.inbound)
    const outbound = rateOf(numbers, 'outbound', nic.bandwidth?.outbound)
    const both = { ...(inbound && { inbound }), ...(outbound && { outbound }) }
    const bandwidth = inbound === undefined && outbound === undefined ? undefined : both
    await limitNic(context.app, name, { mac: nic.mac, bandwidth }, { ...context.change, scope })
    return {}
  },
} as const satisfies Partial<
  Handlers<
    | 'DOMAIN_GET_BLOCK_IO_TUNE'
    | 'DOMAIN_SET_BLOCK_IO_TUNE'
    | 'DOMAIN_GET_INTERFACE_PARAMETERS'
    | 'DOMAIN_SET_INTERFACE_PARAMETERS'
  >
>

async function limitedNic(
  context: Context,
  dom: Parameters<typeof specShown>[1],
  device: string,
  flags: number,
): Promise<NicDevice> {
  const { spec, live } = await specShown(context, dom, flags)
  const nic = findNic(spec, live, device)
  if (nic === undefined) throw noNic(device)
  return nic
}

const noDisk = (word: string): Error =>
  fail('invalidArgument', 'qemu', `disk '${word}' was not found in the domain config`)
const noNic = (device: string): Error => fail('invalidArgument', 'qemu', `Interface '${device}' not found`)

function diskParams({ bps = 0, iops = 0 }: Pick<DiskDevice, 'bps' | 'iops'>): TypedParam[] {
  const values: Readonly<Record<string, number>> = { total_bytes_sec: bps, total_iops_sec: iops }
  const numbers = (names: readonly string[]): TypedParam[] =>
    names.map((name) => ulongParam(name, BigInt(values[name] ?? 0)))
  return [...numbers([...RATES, ...PEAKS, 'size_iops_sec']), textParam('group_name', ''), ...numbers(LENGTHS)]
}

function nicParams(bandwidth: NicBandwidth | undefined): TypedParam[] {
  return NIC_LIMITS.map((name) => {
    const [way, part] = name.split('.') as ['inbound' | 'outbound', string]
    const rate = bandwidth?.[way] as Readonly<Record<string, number>> | undefined
    return uintParam(name, rate?.[part] ?? 0)
  })
}

/** Without a word of its average it stays as it is; an average of 0 ends the limit. */
function rateOf(
  numbers: ReadonlyMap<string, number>,
  way: string,
  before: NicRate | undefined,
): NicRate | undefined {
  const average = numbers.get(`${way}.average`)
  if (average === undefined) return before
  if (average === 0) return undefined
  const peak = numbers.get(`${way}.peak`) ?? 0
  const burst = numbers.get(`${way}.burst`) ?? 0
  return { average, ...(peak === 0 ? {} : { peak }), ...(burst === 0 ? {} : { burst }) }
}
