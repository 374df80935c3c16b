/** `<interface>` and `<device>` of the host, described once. They are only told, and what is refused here is not told. */
import type { ElementShape } from './element-shape.ts'

const ONE_KIND = 'an interface is told as it is for guests: a cable, or a bridge with its ports'
const KEEPER = 'who brings it up keeps this: NetworkManager, systemd-networkd or ifupdown'

const CABLE = {
  link: { attributes: ['state'], refused: { speed: 'NICs of guests have none' } },
  mac: { attributes: ['address'] },
} as const

export const INTERFACE_ELEMENT = {
  attributes: ['type', 'name'],
  children: {
    mtu: { attributes: ['size'] },
    ...CABLE,
    bridge: {
      attributes: ['stp', 'delay'],
      neverSelfCloses: true,
      children: { interface: { isMany: true, attributes: ['type', 'name'], children: CABLE } },
    },
  },
  refused: { bond: ONE_KIND, vlan: ONE_KIND, protocol: KEEPER, start: KEEPER },
} as const satisfies ElementShape

const ID = { attributes: ['id'], hasText: true } as const satisfies ElementShape
const UNKNOWN_KIND = 'weft tells the computer, PCI and USB devices, and interfaces'
const NOT_LOOKED_AT = 'weft does not look at it'

export const DEVICE_ELEMENT = {
  children: {
    name: 'text',
    parent: 'text',
    driver: { children: { name: 'text' } },
    capability: {
      attributes: ['type'],
      children: {
        hardware: {
          children: { uuid: 'text' },
          refused: { vendor: NOT_LOOKED_AT, version: NOT_LOOKED_AT, serial: NOT_LOOKED_AT },
        },
        firmware: { children: {}, neverSelfCloses: true, refused: { vendor: NOT_LOOKED_AT } },
        class: 'text',
        domain: 'text',
        bus: 'text',
        slot: 'text',
        function: 'text',
        device: 'text',
        product: ID,
        vendor: ID,
        iommuGroup: {
          attributes: ['number'],
          children: { address: { attributes: ['domain', 'bus', 'slot', 'function'] } },
        },
        interface: 'text',
        address: 'text',
        link: { attributes: ['state'], refused: { speed: NOT_LOOKED_AT } },
        capability: { attributes: ['type'] },
      },
      refused: {
        feature: NOT_LOOKED_AT,
        numa: NOT_LOOKED_AT,
        'pci-express': NOT_LOOKED_AT,
        host: UNKNOWN_KIND,
        target: UNKNOWN_KIND,
        lun: UNKNOWN_KIND,
        block: UNKNOWN_KIND,
        drive_type: UNKNOWN_KIND,
      },
    },
  },
  refused: { path: NOT_LOOKED_AT, devnode: NOT_LOOKED_AT },
} as const satisfies ElementShape
