/** What the routes take and give that are about published ports; a part of the contract. */
import { name } from './route-kinds.ts'
import { array, boolean, integer, nullable, object, oneOf, optional, string } from './shape.ts'
import { VIEWS } from './view-shapes.ts'

export interface PublishRequest {
  /** `8080:80`, `5353:53/udp`, `192.0.2.1:8080:80,from=lan`: a port of this host, and one of the guest. */
  readonly ports: readonly string[]
  /** A MAC or a network; absent: the first NIC that can be reached so. */
  readonly nic?: string
}

export interface PublishedView {
  readonly vm: string
  readonly network: string
  /** Whether its network runs: only then it leads there. */
  readonly active: boolean
  /** As it was asked for, in one word. */
  readonly published: string
  readonly protocol: 'tcp' | 'udp'
  /** Of this host; the first of `count`. */
  readonly port: number
  readonly guestPort: number
  readonly count: number
  /** Only at this address of this host. */
  readonly address: string | null
  /** Who may use it: an address, a subnet or `lan`; null: anybody. */
  readonly from: string | null
  /** Where it leads. */
  readonly ip: string | null
  readonly ip6: string | null
}

const dryRun = boolean('only plan: nothing is changed, `script` is what would run')
const port = integer({ minimum: 1, maximum: 65_535 })

export const PUBLISH_ROUTES = {
  listPublished: {
    summary: 'Ports of this host that lead to guests',
    params: {},
    query: { vm: string({ description: 'only of this machine' }) },
    body: undefined,
    reply: array(
      object<PublishedView>(
        {
          vm: string(),
          network: string(),
          active: boolean('its network runs'),
          published: string({ description: 'as it was asked for' }),
          protocol: oneOf('tcp', 'udp'),
          port,
          guestPort: port,
          count: integer({ description: 'ports in a row' }),
          address: nullable(string({ description: 'only at this address of this host' })),
          from: nullable(string({ description: 'an address, a subnet or lan; null: anybody' })),
          ip: nullable(string()),
          ip6: nullable(string()),
        },
        'Published',
      ),
    ),
    changes: false,
  },
  publish: {
    summary: 'Let ports of this host lead to a machine',
    params: { name },
    query: { dryRun },
    body: object<PublishRequest>(
      {
        ports: array(string({ description: '[ADDRESS:]PORT:PORT[/udp][,from=WHO]', maxLength: 255 })),
        nic: optional(string({ description: 'a MAC or a network', maxLength: 255 })),
      },
      'Publish',
    ),
    reply: VIEWS.change,
    changes: true,
  },
  unpublish: {
    summary: 'Ports of this host lead to a machine no more',
    params: { name },
    query: {
      dryRun,
      ports: string({
        description: 'as they were published, or ports of this host, joined by blanks; absent: all',
      }),
    },
    body: undefined,
    reply: VIEWS.change,
    changes: true,
  },
} as const
