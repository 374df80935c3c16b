/** Who reaches which service, over HTTP. */
import type { ExposureCellView } from '../../api/exposure-contract.ts'
import { exposure } from '../../app/exposure.ts'
import type { Reached } from '../../core/host/flow/reach.ts'
import type { Handlers } from '../handler.ts'

export const exposureHandlers = {
  exposure: async ({ app, query }) => {
    const { askers, services } = await exposure(app, { guest: query.guest })
    return {
      askers: askers.map(({ kind, name, address, address6 }) => ({
        kind,
        name,
        address: address ?? null,
        address6: address6 ?? null,
      })),
      services: services.map(({ guest, network, address, service, cells }) => ({
        guest,
        network,
        address,
        service: service.name,
        protocol: service.protocol,
        port: service.name.startsWith('other ') ? null : (service.port ?? null),
        cells: cells.map(cellView),
      })),
    }
  },
} satisfies Handlers<'exposure'>

function cellView({ reach, rule, owner }: Reached): ExposureCellView {
  return {
    reach,
    owner: owner ?? null,
    rule: rule === undefined ? null : `${rule.family} ${rule.table} ${rule.chain}: ${rule.text}`,
  }
}
