/** `<pool>`, `<volume>` and `<secret>`, described once: what counts of a text, what is told only, what is refused. */
import type { ElementShape } from './element-shape.ts'

const OTHER_POOLS = 'a pool is a directory, and this is of pools of other types'
const ROOM = 'how full it is: told of one that is there'
const OWNERS = 'told as they are; disks belong to root, and a machine is given its own'
const QEMUS_CHOICE = 'encrypted disks are LUKS with the cipher that QEMU takes'

const PERMISSIONS = { permissions: OWNERS }

export const POOL_ELEMENT = {
  attributes: ['type'],
  children: {
    name: 'text',
    uuid: 'text',
    source: {
      children: { name: 'text' },
      neverSelfCloses: true,
      refused: {
        host: OTHER_POOLS,
        device: OTHER_POOLS,
        dir: OTHER_POOLS,
        auth: OTHER_POOLS,
        adapter: OTHER_POOLS,
        format: OTHER_POOLS,
        vendor: OTHER_POOLS,
        product: OTHER_POOLS,
        initiator: OTHER_POOLS,
        protocol: OTHER_POOLS,
      },
    },
    target: {
      children: { path: 'text' },
      notRead: PERMISSIONS,
      refused: { encryption: 'each disk is encrypted by itself' },
    },
  },
  notRead: { capacity: ROOM, allocation: ROOM, available: ROOM },
  refused: {
    features: "they are a matter of the directory's file system",
    refresh: 'every look at a pool is a new one',
    'fs:mount_opts': OTHER_POOLS,
    'rbd:config_opts': OTHER_POOLS,
  },
} as const satisfies ElementShape

const AMOUNT = { attributes: ['unit'], hasText: true } as const satisfies ElementShape

export const VOLUME_ELEMENT = {
  attributes: ['type'],
  children: {
    name: 'text',
    capacity: AMOUNT,
    allocation: AMOUNT,
    target: {
      children: {
        format: { attributes: ['type'] },
        encryption: {
          attributes: ['format'],
          children: { secret: { attributes: ['type', 'uuid'] } },
          refused: { cipher: QEMUS_CHOICE, ivgen: QEMUS_CHOICE },
        },
        compat: 'text',
      },
      notRead: {
        ...PERMISSIONS,
        path: 'it is made of the directory of the pool and of the name',
        timestamps: "they are the file's",
        nocow: 'a matter of btrfs alone',
        features: 'lazy counting of references makes writing faster only where it is off',
      },
      refused: { clusterSize: 'disks have the clusters of 64 KiB that qemu-img takes' },
    },
    backingStore: {
      children: { path: 'text', format: { attributes: ['type'] } },
      notRead: { ...PERMISSIONS, timestamps: "they are the file's" },
    },
  },
  notRead: {
    key: 'it is the path',
    physical: 'how much it takes: told of one that is there',
    source: OTHER_POOLS,
  },
} as const satisfies ElementShape

export const SECRET_ELEMENT = {
  attributes: ['ephemeral', 'private'],
  children: {
    uuid: 'text',
    description: 'text',
    usage: { attributes: ['type'], children: { volume: 'text', name: 'text', target: 'text' } },
  },
} as const satisfies ElementShape
