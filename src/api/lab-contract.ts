/** What the routes take and give that are about labs: one file for networks and machines together; a part of the contract. */
import { ADOPT_ROUTES } from './adopt-contract.ts'
import { name } from './route-kinds.ts'
import { array, boolean, integer, nullable, object, oneOf, optional, string } from './shape.ts'
import { CHANGE_FIELDS } from './view-shapes.ts'
import type { ChangeView } from './views.ts'

export interface ApplyLabRequest {
  readonly text: string
  /** The file's name, for messages. */
  readonly source?: string
}

export interface LabItemView {
  readonly kind: 'host' | 'disk' | 'network' | 'machine'
  readonly name: string
  readonly action: 'create' | 'change' | 'remove' | 'keep'
  /** What is done, each in a few words. */
  readonly what: readonly string[]
  /** What counts from its next start only. */
  readonly later: readonly string[]
  /** Who notices; empty: nobody. */
  readonly disturbs: string
}

/** `result` is applied or unchanged. */
export interface LabChangeView extends ChangeView {
  readonly lab: string
  /** The one that this is, or would be. */
  readonly revision: number
  readonly items: readonly LabItemView[]
  /** Definitions before (-) and after (+), line by line; empty unless asked for. */
  readonly diff: readonly string[]
}

export interface LabView {
  readonly name: string
  readonly revision: number
  readonly at: string | null
  readonly by: string | null
  readonly networks: readonly string[]
  readonly machines: readonly string[]
}

export interface ExportedLabView {
  readonly format: 'yaml' | 'json'
  readonly text: string
  /** What the file does not say. */
  readonly notes: readonly string[]
}

export interface LabRevisionView {
  readonly lab: string
  readonly number: number
  readonly at: string
  readonly by: string
  readonly summary: string
  /** The file as it was. */
  readonly text: string
}

const names = array(string())
const item = object<LabItemView>(
  {
    kind: oneOf('host', 'disk', 'network', 'machine'),
    name: string(),
    action: oneOf('create', 'change', 'remove', 'keep'),
    what: array(string()),
    later: array(string({ description: 'what counts from its next start only' })),
    disturbs: string({ description: 'who notices; empty: nobody' }),
  },
  'LabItem',
)

export const LAB_ROUTES = {
  ...ADOPT_ROUTES,
  listLabs: {
    summary: 'Labs, and who belongs to each',
    params: {},
    query: {},
    body: undefined,
    reply: array(
      object<LabView>(
        {
          name: string(),
          revision: integer(),
          at: nullable(string({ description: 'RFC 3339' })),
          by: nullable(string()),
          networks: names,
          machines: names,
        },
        'Lab',
      ),
    ),
    changes: false,
  },
  applyLab: {
    summary: 'Make a lab what its file says',
    params: {},
    query: {
      dryRun: boolean('only plan: nothing is changed'),
      restart: boolean('what cannot be changed while a machine runs is changed by restarting it'),
      deleteDisks: boolean('disks of machines that go are deleted, unless others use them'),
      diff: boolean('definitions before and after'),
      script: boolean('of a plan: the commands of weft that would do the same'),
      adopt: boolean('what exists and belongs to no lab becomes its own'),
    },
    body: object<ApplyLabRequest>(
      {
        text: string({ description: 'the lab as YAML or JSON' }),
        source: optional(string({ description: "the file's name, for messages", maxLength: 4096 })),
      },
      'ApplyLab',
    ),
    reply: object<LabChangeView>(
      { ...CHANGE_FIELDS, lab: string(), revision: integer(), items: array(item), diff: array(string()) },
      'LabChange',
    ),
    changes: true,
  },
  exportLab: {
    summary: "What is there, as a lab's file could have it",
    params: {},
    query: {
      names: string({ description: 'labs, machines, networks, joined by blanks; absent: everything' }),
      format: oneOf('yaml', 'json'),
    },
    body: undefined,
    reply: object<ExportedLabView>(
      { format: oneOf('yaml', 'json'), text: string(), notes: array(string()) },
      'ExportedLab',
    ),
    changes: false,
  },
  labRevisions: {
    summary: 'Every revision of a lab that has been applied, oldest first',
    params: { name },
    query: {},
    body: undefined,
    reply: array(
      object<LabRevisionView>(
        {
          lab: string(),
          number: integer(),
          at: string({ description: 'RFC 3339' }),
          by: string(),
          summary: string(),
          text: string({ description: 'the file as it was' }),
        },
        'LabRevision',
      ),
    ),
    changes: false,
  },
} as const
