/** What a QEMU says of its own accord, in libvirt's events: those that weft's own events do not have. */
import type { MessageOf } from '../wire/procedures.ts'
import type { DomainHandle } from '../wire/types.ts'
import type { Drive } from './drives.ts'

/** virDomainEventID, by what is sent. */
export const QEMU_EVENTS = {
  DOMAIN_EVENT_CALLBACK_RTC_CHANGE: 2,
  DOMAIN_EVENT_CALLBACK_WATCHDOG: 3,
  DOMAIN_EVENT_CALLBACK_IO_ERROR: 4,
  DOMAIN_EVENT_CALLBACK_GRAPHICS: 5,
  DOMAIN_EVENT_CALLBACK_IO_ERROR_REASON: 6,
  DOMAIN_EVENT_CALLBACK_BLOCK_JOB: 8,
  DOMAIN_EVENT_CALLBACK_TRAY_CHANGE: 10,
  DOMAIN_EVENT_CALLBACK_PMWAKEUP: 11,
  DOMAIN_EVENT_CALLBACK_PMSUSPEND: 12,
  DOMAIN_EVENT_CALLBACK_BALLOON_CHANGE: 13,
  DOMAIN_EVENT_CALLBACK_PMSUSPEND_DISK: 14,
  DOMAIN_EVENT_BLOCK_JOB_2: 16,
  DOMAIN_EVENT_BLOCK_THRESHOLD: 24,
  DOMAIN_EVENT_MEMORY_FAILURE: 25,
} as const

type Name = keyof typeof QEMU_EVENTS

/** Without the number of the registration that it answers. */
export type QemuNews = {
  [N in Name]: { readonly name: N; readonly message: Omit<MessageOf<N>, 'callbackID'> }
}[Name]

interface Said {
  readonly event: string
  readonly data: unknown
}

type Data = Readonly<Record<string, unknown>>
type Tell = (data: Data, dom: DomainHandle, drives: readonly Drive[]) => readonly QemuNews[]

/** None where libvirt has no event for it. */
export function newsOf(
  { event, data }: Said,
  dom: DomainHandle,
  drives: readonly Drive[],
): readonly QemuNews[] {
  return TELL[event]?.((data ?? {}) as Data, dom, drives) ?? []
}

const KIB = 1024
const WATCHDOG: Readonly<Record<string, number>> = {
  none: 0,
  pause: 1,
  reset: 2,
  poweroff: 3,
  shutdown: 4,
  debug: 5,
  'inject-nmi': 6,
}
const IO_ERROR: Readonly<Record<string, number>> = { ignore: 0, stop: 1, report: 2 }
const FAMILIES: Readonly<Record<string, number>> = { ipv4: 0, ipv6: 1, unix: 2 }
/** virDomainBlockJobType. Of commits only that of a disk's uppermost image is ever ready. */
const JOBS: Readonly<Record<string, number>> = { stream: 1, mirror: 2, commit: 4, backup: 5 }
const JOB_READY = 3

const TELL: Readonly<Record<string, Tell>> = {
  RTC_CHANGE: ({ offset }, dom) => [
    { name: 'DOMAIN_EVENT_CALLBACK_RTC_CHANGE', message: { msg: { dom, offset: BigInt(Number(offset)) } } },
  ],
  WATCHDOG: ({ action }, dom) => [
    {
      name: 'DOMAIN_EVENT_CALLBACK_WATCHDOG',
      message: { msg: { dom, action: WATCHDOG[String(action)] ?? 0 } },
    },
  ],
  BLOCK_IO_ERROR: ({ 'node-name': node, action, nospace }, dom, drives) => {
    const drive = drives.find((each) => each.node === node)
    const msg = {
      dom,
      srcPath: drive?.path ?? '',
      devAlias: drive?.id ?? text(node),
      action: IO_ERROR[String(action)] ?? 0,
    }
    const reason = nospace === true ? 'enospc' : ''
    return [
      { name: 'DOMAIN_EVENT_CALLBACK_IO_ERROR', message: { msg } },
      { name: 'DOMAIN_EVENT_CALLBACK_IO_ERROR_REASON', message: { msg: { ...msg, reason } } },
    ]
  },
  VNC_CONNECTED: graphics(0),
  VNC_INITIALIZED: graphics(1),
  VNC_DISCONNECTED: graphics(2),
  SPICE_CONNECTED: graphics(0),
  SPICE_INITIALIZED: graphics(1),
  SPICE_DISCONNECTED: graphics(2),
  // How it ends is told by weft's own events (job-events.ts).
  BLOCK_JOB_READY: job,
  DEVICE_TRAY_MOVED: ({ id, 'tray-open': isOpen }, dom) => [
    {
      name: 'DOMAIN_EVENT_CALLBACK_TRAY_CHANGE',
      message: { msg: { dom, devAlias: text(id), reason: isOpen === true ? 0 : 1 } },
    },
  ],
  WAKEUP: (_, dom) => [{ name: 'DOMAIN_EVENT_CALLBACK_PMWAKEUP', message: { reason: 0, msg: { dom } } }],
  SUSPEND: (_, dom) => [{ name: 'DOMAIN_EVENT_CALLBACK_PMSUSPEND', message: { reason: 0, msg: { dom } } }],
  SUSPEND_DISK: (_, dom) => [
    { name: 'DOMAIN_EVENT_CALLBACK_PMSUSPEND_DISK', message: { reason: 0, msg: { dom } } },
  ],
  BALLOON_CHANGE: ({ actual }, dom) => [
    {
      name: 'DOMAIN_EVENT_CALLBACK_BALLOON_CHANGE',
      message: { msg: { dom, actual: BigInt(Math.floor(Number(actual) / KIB)) } },
    },
  ],
  BLOCK_WRITE_THRESHOLD: (data, dom, drives) => {
    const drive = drives.find((each) => each.node === data['node-name'])
    if (drive === undefined) return []
    const [threshold, excess] = ['write-threshold', 'amount-exceeded'].map((name) =>
      BigInt(Number(data[name])),
    )
    const how = { path: drive.path ?? null, threshold: threshold ?? 0n, excess: excess ?? 0n }
    return [{ name: 'DOMAIN_EVENT_BLOCK_THRESHOLD', message: { dom, dev: drive.target, ...how } }]
  },
  MEMORY_FAILURE: ({ recipient, action, flags }, dom) => {
    const { 'action-required': must, recursive } = (flags ?? {}) as Data
    return [
      {
        name: 'DOMAIN_EVENT_MEMORY_FAILURE',
        message: {
          dom,
          recipient: recipient === 'guest' ? 1 : 0,
          action: ['ignore', 'inject', 'fatal', 'reset'].indexOf(String(action)),
          flags: (must === true ? 1 : 0) | (recursive === true ? 2 : 0),
        },
      },
    ]
  },
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

function graphics(phase: number): Tell {
  return ({ server, client }, dom) => {
    const { auth, ...local } = (server ?? {}) as Data
    const remote = (client ?? {}) as Data
    const address = ({ family, host, service, port }: Data) => ({
      family: FAMILIES[String(family)] ?? 2,
      node: text(host),
      service: text(service ?? port),
    })
    const names = [
      ['x509dname', remote['x509_dname']],
      ['saslUsername', remote['sasl_username']],
    ] as const
    const subject = names.flatMap(([type, name]) => (name === undefined ? [] : [{ type, name: text(name) }]))
    const ends = { local: address(local), remote: address(remote) }
    const msg = { dom, phase, ...ends, authScheme: text(auth), subject }
    return [{ name: 'DOMAIN_EVENT_CALLBACK_GRAPHICS', message: { msg } }]
  }
}

/** A job of QEMU's that is for a disk has the disk's name in its own. */
function job(data: Data, dom: DomainHandle, drives: readonly Drive[]): readonly QemuNews[] {
  const drive = drives.find(({ id }) => text(data['device']).split(/[^\w]/).includes(id))
  if (drive === undefined) return []
  const of = { type: JOBS[text(data['type'])] ?? 0, status: JOB_READY }
  return [
    {
      name: 'DOMAIN_EVENT_CALLBACK_BLOCK_JOB',
      message: { msg: { dom, path: drive.path ?? drive.target, ...of } },
    },
    { name: 'DOMAIN_EVENT_BLOCK_JOB_2', message: { dom, dst: drive.target, ...of } },
  ]
}
