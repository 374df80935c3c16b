/** `<domainsnapshot>`, described once: what counts of a text, what is told only, what is refused. */
import type { ElementShape } from './element-shape.ts'

const KNOWN = 'weft knows it of one that is there'
const WHOLE = 'weft keeps the machine itself as it was'
const FILES = 'disks are files'

export const SNAPSHOT_ELEMENT = {
  children: {
    name: 'text',
    description: 'text',
    memory: { attributes: ['snapshot', 'file'] },
    disks: {
      children: {
        disk: {
          isMany: true,
          attributes: ['name', 'snapshot', 'type'],
          children: {
            driver: { attributes: ['type'] },
            source: {
              attributes: ['file'],
              refused: { dev: FILES, protocol: FILES, host: FILES, encryption: FILES, reservations: FILES },
            },
          },
        },
      },
    },
  },
  notRead: {
    state: KNOWN,
    creationTime: KNOWN,
    parent: KNOWN,
    active: KNOWN,
    domain: WHOLE,
    inactiveDomain: WHOLE,
    cookie: WHOLE,
  },
} as const satisfies ElementShape
