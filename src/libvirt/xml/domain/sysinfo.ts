/** `<sysinfo>` and `<smbios>`: what the firmware tells the guest. */
import { readSmbios, SMBIOS_PARTS } from '../../../core/vm/smbios.ts'
import type { Reading } from '../element-shape.ts'
import { complain } from '../read-value.ts'
import type { DomainData } from './domain-element.ts'

const PARTS = ['bios', 'system', 'baseBoard', 'chassis'] as const

export function readSysinfo({ sysinfo, os }: DomainData, reading: Reading): readonly string[] | undefined {
  const mode = os?.smbios?.mode ?? 'emulate'
  if (mode !== 'emulate' && mode !== 'sysinfo')
    complain(reading, 'os.smbios.mode', `SMBIOS of mode '${mode}' is not supported`, "mode='sysinfo'")
  // Without the mode libvirt keeps what is said to itself.
  if (sysinfo === undefined || mode !== 'sysinfo') return undefined
  if ((sysinfo.type ?? 'smbios') !== 'smbios')
    complain(reading, 'sysinfo.type', `<sysinfo> of type '${sysinfo.type ?? ''}' is not supported`, 'smbios')
  return PARTS.flatMap((part) =>
    (sysinfo[part]?.entry ?? []).flatMap(({ name = '', text = '' }, i) => {
      const word = `${part}.${name}=${text.trim()}`
      if (readSmbios(word) !== undefined) return [word]
      const known = Object.keys(SMBIOS_PARTS[part]?.entries ?? {}).join(', ')
      const path = `sysinfo.${part}.entry[${String(i)}].name`
      complain(reading, path, `'${name}' is no entry of <${part}>, or it says nothing`, known)
      return []
    }),
  )
}

export function sysinfoData(words: readonly string[] | undefined): DomainData['sysinfo'] {
  if (words === undefined) return undefined
  const entries = words.map(readSmbios).filter((entry) => entry !== undefined)
  const partData = (name: string): Record<string, unknown> => {
    const own = entries.filter(({ part }) => part === name)
    return own.length === 0
      ? {}
      : { [name]: { entry: own.map(({ entry, value }) => ({ name: entry, text: value })) } }
  }
  return Object.assign({ type: 'smbios' }, ...PARTS.map(partData)) as DomainData['sysinfo']
}
