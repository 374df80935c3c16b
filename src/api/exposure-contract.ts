/** What the route gives that says who reaches which service; a part of the contract. */
import { array, integer, nullable, object, oneOf, string } from './shape.ts'

export interface ExposureView {
  readonly askers: readonly ExposureAskerView[]
  readonly services: readonly ExposedServiceView[]
}

export interface ExposureAskerView {
  readonly kind: 'internet' | 'lan' | 'host' | 'network'
  readonly name: string
  /** Whose packets were judged; null: this host's own. */
  readonly address: string | null
  readonly address6: string | null
}

export interface ExposedServiceView {
  readonly guest: string
  readonly network: string
  readonly address: string
  readonly service: string
  readonly protocol: 'tcp' | 'udp' | 'icmp'
  readonly port: number | null
  readonly cells: readonly ExposureCellView[]
}

export interface ExposureCellView {
  readonly reach: 'yes' | 'refused' | 'dropped' | 'no answer' | 'unknown'
  /** Whose rule it is; null where no rule decides. */
  readonly owner: string | null
  readonly rule: string | null
}

const cell = object<ExposureCellView>(
  {
    reach: oneOf('yes', 'refused', 'dropped', 'no answer', 'unknown'),
    owner: nullable(string({ description: 'whose rule it is' })),
    rule: nullable(string({ description: 'family, table and chain, and the rule as nft prints it' })),
  },
  'ExposureCell',
)
const service = object<ExposedServiceView>(
  {
    guest: string(),
    network: string(),
    address: string(),
    service: string({ description: '`80/tcp`, `host:8080/tcp`, `other tcp`, `ping`' }),
    protocol: oneOf('tcp', 'udp', 'icmp'),
    port: nullable(integer({ description: "the guest's" })),
    cells: array(cell),
  },
  'ExposedService',
)
const asker = object<ExposureAskerView>(
  {
    kind: oneOf('internet', 'lan', 'host', 'network'),
    name: string(),
    address: nullable(string({ description: "null: this host's own, or none" })),
    address6: nullable(string({ description: "null: this host's own, or none" })),
  },
  'ExposureAsker',
)

export const EXPOSURE_ROUTES = {
  exposure: {
    summary: 'Who can reach which service of which guest, and by which rule',
    params: {},
    query: { guest: string({ description: 'a machine or namespace; absent: all', maxLength: 255 }) },
    body: undefined,
    reply: object<ExposureView>({ askers: array(asker), services: array(service) }, 'Exposure'),
    changes: false,
  },
} as const
