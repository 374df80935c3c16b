/** Processors one by one: those of the machine, and those that its guest uses. */
import { agentIn } from './ask-agent.ts'
import { formatCpuList, readCpuList } from './cpu-list.ts'
import { fail } from './failures.ts'
import { guestCpus, setGuestCpus, type GuestCpu } from './guest-cpus.ts'
import type { Handlers } from './handler.ts'
import { CONFIG, impactOf, LIVE, specShown } from './impact.ts'
import { textParam } from './parameters.ts'
import { mostCpus, setProcessors } from './sizes.ts'

export const GUEST_PROCESSOR_HANDLERS = {
  DOMAIN_GET_GUEST_VCPUS: async (context, { dom }) => {
    const all = await guestCpus(await agentIn(context, dom))
    const list = (is: (cpu: GuestCpu) => boolean): string =>
      formatCpuList(all.filter(is).map((cpu) => cpu['logical-id']))
    const params = [
      textParam(
        'vcpus',
        list(() => true),
      ),
      textParam(
        'online',
        list(({ online }) => online),
      ),
      textParam(
        'offlinable',
        list((cpu) => cpu['can-offline'] === true),
      ),
    ]
    return { params }
  },
  DOMAIN_SET_GUEST_VCPUS: async (context, { dom, cpumap, state }) => {
    const wanted = readCpuList(cpumap)
    const ask = await agentIn(context, dom)
    const known = new Set((await guestCpus(ask)).map((cpu) => cpu['logical-id']))
    const unknown = wanted.find((cpu) => !known.has(cpu))
    if (unknown !== undefined)
      throw fail('invalidArgument', 'qemu', `guest is missing vCPU '${String(unknown)}'`)
    await setGuestCpus(ask, wanted, state !== 0)
    return {}
  },
  DOMAIN_SET_VCPU: async (context, { dom, cpumap, state, flags }) => {
    const wanted = readCpuList(cpumap)
    const last = wanted.at(-1)
    if (last === undefined) throw fail('invalidArgument', 'qemu', 'no vcpus selected for modification')
    if (state === 0 && wanted[0] === 0) throw fail('invalidArgument', 'qemu', "vCPU '0' can't be modified")
    const { live, config } = impactOf(context, dom, flags & (LIVE | CONFIG))
    for (const which of [...(live ? (['live'] as const) : []), ...(config ? (['config'] as const) : [])]) {
      const scope = which === 'live' ? LIVE : CONFIG
      const { spec, live: running } = await specShown(context, dom, scope)
      if (last >= mostCpus(spec)) {
        const where = which === 'live' ? 'live' : 'persistent'
        throw fail('invalidArgument', 'qemu', `vcpu ${String(last)} is not present in ${where} config`)
      }
      if (which === 'live') refuseSame(wanted, spec.cpus, state !== 0)
      const atBoot = running?.boot?.cpus ?? spec.cpus
      const kept = state === 0 && which === 'live' ? wanted.find((cpu) => cpu < atBoot) : undefined
      if (kept !== undefined) throw fail('unsupported', 'qemu', `vcpu '${String(kept)}' can't be unplugged`)
      await setProcessors(context, dom, countAfter(wanted, spec.cpus, state !== 0), scope)
    }
    return {}
  },
} as const satisfies Partial<
  Handlers<'DOMAIN_GET_GUEST_VCPUS' | 'DOMAIN_SET_GUEST_VCPUS' | 'DOMAIN_SET_VCPU'>
>

function refuseSame(wanted: readonly number[], count: number, isEnabled: boolean): void {
  const same = wanted.find((cpu) => cpu < count === isEnabled)
  if (same !== undefined)
    throw fail('invalidArgument', 'qemu', `vcpu '${String(same)}' is already in requested state`)
}

/** The processors of a machine are its first ones, without a gap: those behind them come, and the last of them go. */
function countAfter(wanted: readonly number[], count: number, isEnabled: boolean): number {
  const [first = 0] = wanted
  const after = isEnabled ? count + wanted.length : count - wanted.length
  const isTail = wanted.every((cpu, i) => cpu === (isEnabled ? count : after) + i)
  if (isTail && after > 0) return after
  const what = first < count ? 'followed by non-hotpluggable online vcpus' : 'not the next one'
  throw fail('invalidArgument', 'qemu', `vcpu '${String(first)}' can't be modified as it is ${what}`)
}
