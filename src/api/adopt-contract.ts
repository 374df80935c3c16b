/** What the route takes and gives that takes the definitions of another manager over; a part of the contract. */
import { array, boolean, object, oneOf, optional, string } from './shape.ts'
import { CHANGE_FIELDS } from './view-shapes.ts'
import type { ChangeView } from './views.ts'

/** libvirt's files as they lie there: whoever calls may read them, weftd need not. */
export interface AdoptRequest {
  readonly files: readonly {
    /** Below libvirt's directory: `qemu/web.xml`. */
    readonly path: string
    readonly text: string
    readonly autostart?: boolean
    readonly value?: string
  }[]
  readonly leases?: readonly string[]
  readonly running?: { readonly machines: readonly string[]; readonly networks: readonly string[] }
  readonly besides?: readonly { readonly machine: string; readonly what: string }[]
}

export interface AdoptedItemView {
  readonly kind: 'network' | 'pool' | 'machine' | 'filter' | 'secret' | 'file'
  readonly name: string
  readonly action: 'take' | 'replace' | 'keep' | 'leave'
  readonly what: readonly string[]
  readonly why: readonly string[]
}

/** `result` is adopted or unchanged. */
export interface AdoptedView extends ChangeView {
  readonly items: readonly AdoptedItemView[]
}

const names = array(string({ maxLength: 255 }))

export const ADOPT_ROUTES = {
  adoptLibvirt: {
    summary:
      'Take over the definitions of a libvirt installation: networks, pools, machines, filters, secrets',
    params: {},
    query: { dryRun: boolean('only plan: nothing is changed') },
    body: object<AdoptRequest>(
      {
        files: array(
          object<AdoptRequest['files'][number]>({
            path: string({
              description:
                "below libvirt's directory: qemu/web.xml, qemu/networks/default.xml, storage/images.xml",
              maxLength: 4096,
            }),
            text: string(),
            autostart: optional(boolean('it has a link in the directory autostart')),
            value: optional(string({ description: 'what a secret says, in base64' })),
          }),
        ),
        leases: optional(array(string({ description: "a file of leases of libvirt's: virbr0.status" }))),
        running: optional(object<NonNullable<AdoptRequest['running']>>({ machines: names, networks: names })),
        besides: optional(
          array(
            object<NonNullable<AdoptRequest['besides']>[number]>({
              machine: string({ maxLength: 255 }),
              what: string({ description: 'what libvirt has of it besides: 2 snapshots', maxLength: 255 }),
            }),
          ),
        ),
      },
      'AdoptLibvirt',
    ),
    reply: object<AdoptedView>(
      {
        ...CHANGE_FIELDS,
        items: array(
          object<AdoptedItemView>(
            {
              kind: oneOf('network', 'pool', 'machine', 'filter', 'secret', 'file'),
              name: string(),
              action: oneOf('take', 'replace', 'keep', 'leave'),
              what: array(string()),
              why: array(string({ description: 'why it does not come' })),
            },
            'AdoptedItem',
          ),
        ),
      },
      'Adopted',
    ),
    changes: true,
  },
} as const
