/** Everything a guest says of itself, as `virsh guestinfo` shows it: virDomainGetGuestInfo. */
import type { TypedParam } from '../wire/types.ts'
import type { AskAgent } from './ask-agent.ts'
import { flagParam, intParam, textParam, uintParam, ulongParam } from './parameters.ts'

export interface RawFileSystem {
  readonly name: string
  readonly mountpoint: string
  readonly type: string
  readonly 'total-bytes'?: number
  readonly 'used-bytes'?: number
  readonly disk?: readonly { readonly serial?: string; readonly dev?: string }[]
}

interface RawUser {
  readonly user: string
  readonly domain?: string
  /** Seconds since 1970, with parts. */
  readonly 'login-time': number
}

interface RawDisk {
  readonly name: string
  readonly partition: boolean
  readonly dependencies?: readonly string[]
  readonly alias?: string
}

interface RawInterface {
  readonly name: string
  readonly 'hardware-address'?: string
  readonly 'ip-addresses'?: readonly {
    readonly 'ip-address': string
    readonly 'ip-address-type': string
    readonly prefix: number
  }[]
}

/** virDomainGuestInfoTypes, each with the question to the agent and what is made of its answer. */
const KINDS: readonly (readonly [bit: number, ask: (agent: AskAgent) => Promise<TypedParam[]>])[] = [
  [1, async (ask) => users(await ask('guest-get-users'))],
  [2, async (ask) => system(await ask('guest-get-osinfo'))],
  [4, async (ask) => timezone(await ask('guest-get-timezone'))],
  [
    8,
    async (ask) => [
      textParam('hostname', (await ask<{ 'host-name': string }>('guest-get-host-name'))['host-name']),
    ],
  ],
  [16, async (ask) => fileSystems(await ask('guest-get-fsinfo'))],
  [32, async (ask) => disks(await ask('guest-get-disks'))],
  [64, async (ask) => interfaces(await ask('guest-network-get-interfaces'))],
]

/** Of these kinds; 0: of all that its agent knows. Throws where one that was asked for by name is not known. */
export async function guestInfo(ask: AskAgent, types: number): Promise<TypedParam[]> {
  const all: TypedParam[] = []
  // One after the other: that is how an agent answers.
  for (const [bit, tell] of KINDS) {
    if (types !== 0 && (types & bit) === 0) continue
    try {
      all.push(...(await tell(ask)))
    } catch (error) {
      if (types !== 0) throw error
    }
  }
  return all
}

const MS = 1000

function users(all: readonly RawUser[]): TypedParam[] {
  const each = all.flatMap(({ user, domain, 'login-time': since }, place) => [
    textParam(`user.${String(place)}.name`, user),
    ...(domain === undefined ? [] : [textParam(`user.${String(place)}.domain`, domain)]),
    ulongParam(`user.${String(place)}.login-time`, since * MS),
  ])
  return [uintParam('user.count', all.length), ...each]
}

/** As libvirt calls it, and as the agent does. */
const SYSTEM = [
  'id',
  'name',
  'pretty-name',
  'version',
  'version-id',
  'machine',
  'variant',
  'variant-id',
  'kernel-release',
  'kernel-version',
] as const

const system = (told: Readonly<Record<string, string | undefined>>): TypedParam[] =>
  SYSTEM.flatMap((name) => {
    const value = told[name]
    return value === undefined ? [] : [textParam(`os.${name}`, value)]
  })

const timezone = ({ zone, offset }: { zone?: string; offset: number }): TypedParam[] => [
  ...(zone === undefined ? [] : [textParam('timezone.name', zone)]),
  intParam('timezone.offset', offset),
]

function fileSystems(all: readonly RawFileSystem[]): TypedParam[] {
  const each = all.flatMap((found, place) => {
    const fs = `fs.${String(place)}`
    const { 'total-bytes': total, 'used-bytes': used, disk = [] } = found
    return [
      textParam(`${fs}.name`, found.name),
      textParam(`${fs}.mountpoint`, found.mountpoint),
      textParam(`${fs}.fstype`, found.type),
      ...(total === undefined ? [] : [ulongParam(`${fs}.total-bytes`, total)]),
      ...(used === undefined ? [] : [ulongParam(`${fs}.used-bytes`, used)]),
      uintParam(`${fs}.disk.count`, disk.length),
      ...disk.flatMap(({ serial, dev }, number) => [
        ...(serial === undefined ? [] : [textParam(`${fs}.disk.${String(number)}.serial`, serial)]),
        ...(dev === undefined ? [] : [textParam(`${fs}.disk.${String(number)}.device`, dev)]),
      ]),
    ]
  })
  return [uintParam('fs.count', all.length), ...each]
}

function disks(all: readonly RawDisk[]): TypedParam[] {
  const each = all.flatMap(({ name, partition, dependencies = [], alias }, place) => {
    const disk = `disk.${String(place)}`
    return [
      textParam(`${disk}.name`, name),
      flagParam(`${disk}.partition`, partition),
      ...(dependencies.length === 0 ? [] : [uintParam(`${disk}.dependency.count`, dependencies.length)]),
      ...dependencies.map((on, number) => textParam(`${disk}.dependency.${String(number)}.name`, on)),
      ...(alias === undefined ? [] : [textParam(`${disk}.guest_alias`, alias)]),
    ]
  })
  return [uintParam('disk.count', all.length), ...each]
}

function interfaces(all: readonly RawInterface[]): TypedParam[] {
  const each = all.flatMap((found, place) => {
    const nic = `if.${String(place)}`
    const { name, 'hardware-address': mac, 'ip-addresses': addresses = [] } = found
    return [
      textParam(`${nic}.name`, name),
      ...(mac === undefined ? [] : [textParam(`${nic}.hwaddr`, mac)]),
      uintParam(`${nic}.addr.count`, addresses.length),
      ...addresses.flatMap((address, number) => [
        textParam(`${nic}.addr.${String(number)}.type`, address['ip-address-type']),
        textParam(`${nic}.addr.${String(number)}.addr`, address['ip-address']),
        uintParam(`${nic}.addr.${String(number)}.prefix`, address.prefix),
      ]),
    ]
  })
  return [uintParam('if.count', all.length), ...each]
}
