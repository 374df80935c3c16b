/** What the routes take and give that carry a machine's definition as text; a part of the contract. */
import { REQUESTS } from './request-shapes.ts'
import { boolean, oneOf, string } from './shape.ts'
import { VIEWS } from './view-shapes.ts'

const name = string({ description: 'a name', minLength: 1, maxLength: 255 })

export const VM_DEFINITION_ROUTES = {
  runVm: {
    summary: 'Start a machine from a definition that is not kept: it is forgotten when it ends',
    params: {},
    query: { dryRun: boolean('only plan: nothing is changed, `script` is what would run') },
    body: REQUESTS.defineVm,
    reply: VIEWS.change,
    changes: true,
  },
  defineVm: {
    summary: 'Keep the definition of a machine, new or changed',
    params: {},
    query: { dryRun: boolean('only plan: nothing is changed, `script` is what would run') },
    body: REQUESTS.defineVm,
    reply: VIEWS.change,
    changes: true,
  },
  importVm: {
    summary: 'Make a machine of a QEMU line, or of one that libvirt has',
    params: {},
    query: { dryRun: boolean('only plan: nothing is changed, `script` is what would run') },
    body: REQUESTS.importVm,
    reply: VIEWS.change,
    changes: true,
  },
  vmDefinition: {
    summary: 'The definition of a machine as text',
    params: { name },
    query: {
      inactive: boolean('as it is defined, also while it runs'),
      format: oneOf('xml', 'yaml', 'json'),
    },
    body: undefined,
    reply: VIEWS.definition,
    changes: false,
  },
} as const
