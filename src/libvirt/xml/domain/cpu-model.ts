/** A CPU model in QEMU's words (`Haswell,+vmx,-hle`) and as libvirt's `<cpu>`. */
import type { Reading } from '../element-shape.ts'
import { complain } from '../read-value.ts'
import type { CpuData } from './domain-element.ts'

const MODES: Readonly<Record<string, string>> = { 'host-passthrough': 'host', maximum: 'max' }
const SIGNS: Readonly<Record<string, '+' | '-'>> = { require: '+', force: '+', disable: '-', forbid: '-' }

/** undefined: the best there is. */
export function readCpuModel(cpu: CpuData, reading: Reading): string | undefined {
  const { mode = 'custom', model } = cpu
  const features = (cpu.feature ?? []).flatMap(({ policy = 'require', name = '' }, index) => {
    const sign = Object.hasOwn(SIGNS, policy) ? SIGNS[policy] : undefined
    const path = `cpu.feature[${String(index)}]`
    if (sign === undefined)
      complain(reading, path, `policy '${policy}' of a feature is not supported`, 'require or disable')
    return sign === undefined ? [] : [`${sign}${name}`]
  })
  const base = Object.hasOwn(MODES, mode) ? MODES[mode] : model?.text
  if (mode === 'host-model' || (mode === 'custom' && model === undefined)) {
    if (features.length > 0)
      complain(reading, 'cpu.feature[0]', 'features need a model that they are added to', 'name a <model>')
    return undefined
  }
  if (!Object.hasOwn(MODES, mode) && mode !== 'custom')
    complain(
      reading,
      'cpu.mode',
      `CPU mode '${mode}' is unknown`,
      'host-passthrough, host-model, maximum or custom',
    )
  return [base ?? '', ...features].join(',')
}

/** undefined where libvirt has no words for it. */
export function cpuData(cpuModel: string | undefined): CpuData | undefined {
  const [base = '', ...rest] = (cpuModel ?? '').split(',')
  if (base === '' || !rest.every((word) => /^[+-][^=]+$/.test(word))) return undefined
  const feature = rest.map((word) => ({
    policy: word.startsWith('+') ? 'require' : 'disable',
    name: word.slice(1),
  }))
  const mode = Object.keys(MODES).find((each) => MODES[each] === base)
  return { mode: mode ?? 'custom', ...(mode === undefined ? { model: { text: base } } : {}), feature }
}
