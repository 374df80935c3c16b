/** A network filter of another manager's becomes one of weft's. */
import type { FilterSpec } from '../../core/network/filter/filter-spec.ts'
import { defineFilter, listFilters } from '../filters.ts'
import type { Take } from './adopt-installation.ts'

export function takeFilter(found: FilterSpec): Take {
  return async (app, request) => {
    const before = listFilters(app).find(({ name }) => name === found.name)
    const isOwn = app.filters.find(found.name) !== undefined
    // One that every libvirt brings has another UUID in each.
    const wanted = before === undefined || isOwn ? found : { ...found, uuid: before.uuid }
    const { plan } = await defineFilter(app, wanted, request)
    if (plan.steps.length === 0) return { action: 'keep', what: ['is here already'] }
    if (before === undefined) return { action: 'take', what: [] }
    const what = isOwn ? 'instead of the one that weft has' : 'instead of the one that every libvirt brings'
    return { action: 'replace', what: [what] }
  }
}
