/** The keys of a lab's file that its parts do not have by themselves: one table that is read by, and that the schema for editors is printed from. */

import { parseInterfaceName } from '../core/address/interface-name.ts'
import { parseSize } from '../core/size.ts'
import type { MachineShape, MapShape } from './machine-shape.ts'

/** Each with what it is, for editors. */
export const LAB_KEYS = {
  name: 'what the lab is known by',
  host: 'bridges and TAPs of the host that are made where they are missing, and left alone ever after',
  disks: 'made where there is none of that name; machines have them by their names',
  networks: 'each as `weft net define` reads it',
  machines: 'each as `weft vm define` reads it',
} as const

/** What a lab says of a network besides its definition. */
export const NETWORK_OWN = {
  started: 'it runs when the lab has been applied; true',
  autostart: 'it is started when the host has booted; false',
} as const

export const MACHINE_OWN = {
  started: 'it runs when the lab has been applied; true',
} as const

const NAME: MachineShape = { kind: 'text', what: 'the name of an interface', parse: parseInterfaceName }
const ADDRESSES: MachineShape = {
  kind: 'list',
  of: {
    kind: 'text',
    what: 'an address with its prefix, such as 192.0.2.1/24',
    parse: (text) => (/^[0-9a-f.:]+\/\d{1,3}$/.test(text) ? text : undefined),
  },
}

export const HOST: MapShape = {
  kind: 'map',
  what: 'the host',
  fields: {
    bridges: {
      kind: 'list',
      of: {
        kind: 'map',
        what: 'a bridge of the host',
        short: 'name',
        fields: { name: NAME, stp: { kind: 'truth' }, addresses: ADDRESSES },
      },
    },
    taps: {
      kind: 'list',
      of: {
        kind: 'map',
        what: 'a TAP of the host',
        short: 'name',
        fields: { name: NAME, bridge: NAME, addresses: ADDRESSES },
      },
    },
  },
}

export const DISK: MapShape = {
  kind: 'map',
  what: 'a disk of a lab',
  fields: {
    name: { kind: 'text', what: 'text' },
    size: {
      kind: 'text',
      what: 'a size, such as 10G',
      parse: (text) => {
        const bytes = parseSize(text)
        return bytes === undefined ? undefined : String(bytes)
      },
    },
    format: { kind: 'words', words: ['qcow2', 'raw'] },
    backing: { kind: 'text', what: 'text' },
  },
}
