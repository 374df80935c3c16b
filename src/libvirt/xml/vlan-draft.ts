/** The strings of a `<vlan>` element, checked and written back. */
import type { VlanSpec, VlanTag } from '../../core/network/spec.ts'
import type { Reading } from './element-shape.ts'
import { given } from './given.ts'
import type { VlanData } from './network-element.ts'
import { complain, readNumber } from './read-value.ts'

/** Several tags are a trunk, whether it says so or not. */
export function readVlan(data: VlanData | undefined, path: string, reading: Reading): VlanSpec | undefined {
  if (data === undefined) return undefined
  const { trunk, tag = [] } = data
  if (trunk !== undefined && trunk !== 'yes' && trunk !== 'no')
    complain(reading, `${path}.trunk`, `trunk is 'yes' or 'no', not '${trunk}'`)
  if (tag.length === 0) complain(reading, path, '<vlan> has no <tag>', "<tag id='42'/>")
  if (trunk === 'no' && tag.length > 1)
    complain(reading, `${path}.trunk`, 'several tags need a trunk', 'leave the word out')
  const tags = tag.map((each, index) => readTag(each, `${path}.tag[${String(index)}]`, reading))
  return { ...(trunk === 'yes' || tag.length > 1 ? { isTrunk: true } : {}), tags }
}

function readTag(tag: NonNullable<VlanData['tag']>[number], path: string, reading: Reading): VlanTag {
  const { id, nativeMode } = tag
  if (id === undefined) complain(reading, path, "<tag> has no attribute 'id'")
  const isKnown = nativeMode === undefined || nativeMode === 'tagged' || nativeMode === 'untagged'
  if (!isKnown)
    complain(reading, `${path}.nativeMode`, `nativeMode is 'tagged' or 'untagged', not '${nativeMode}'`)
  const mode = isKnown ? nativeMode : undefined
  return { id: readNumber(id, `${path}.id`, reading) ?? 0, ...given({ nativeMode: mode }) }
}

export function vlanData(vlan: VlanSpec | undefined): VlanData | undefined {
  if (vlan === undefined) return undefined
  const tag = vlan.tags.map(({ id, nativeMode }) => ({ id: String(id), ...given({ nativeMode }) }))
  return { ...given({ trunk: vlan.isTrunk === true ? 'yes' : undefined }), tag }
}
