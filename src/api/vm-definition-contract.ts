/** What the routes take and give that carry a machine's definition as text; a part of the contract. */
import { REQUESTS } from './request-shapes.ts'
import { change, look, name } from './route-kinds.ts'
import { boolean, oneOf } from './shape.ts'
import { VIEWS } from './view-shapes.ts'

export const VM_DEFINITION_ROUTES = {
  runVm: change(
    'Start a machine from a definition that is not kept: it is forgotten when it ends',
    {},
    REQUESTS.defineVm,
  ),
  defineVm: change('Keep the definition of a machine, new or changed', {}, REQUESTS.defineVm),
  importVm: change('Make a machine of a QEMU line, or of one that libvirt has', {}, REQUESTS.importVm),
  vmDefinition: {
    ...look('The definition of a machine as text', { name }, VIEWS.definition),
    query: {
      inactive: boolean('as it is defined, also while it runs'),
      format: oneOf('xml', 'yaml', 'json'),
    },
  },
} as const
