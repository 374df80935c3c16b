/** The host: its node, what its QEMU has, its interfaces. */
import type { SeenLink } from '../../core/host/link.ts'
import type { App } from '../../app/ports.ts'
import type { CallName } from '../wire/procedures.ts'
import { capabilitiesXml } from './capabilities.ts'
import { fail } from './failures.ts'
import { select } from './filters.ts'
import type { Handlers } from './handler.ts'

const BYTES_PER_KIB = 1024
const MODEL = 'x86_64'
/** The longest name of a processor that the protocol has room for, its closing zero included. */
const MODEL_CHARS = 32

export const HOST_HANDLERS = {
  NODE_GET_INFO: ({ node }) => {
    const { count, mhz, sockets, coresPerSocket, threadsPerCore } = node.processors()
    return {
      model: Array.from({ length: MODEL_CHARS }, (_, i) => MODEL.charCodeAt(i) || 0),
      memory: BigInt(Math.floor(node.memoryBytes() / BYTES_PER_KIB)),
      cpus: count,
      mhz,
      nodes: 1,
      sockets,
      cores: coresPerSocket,
      threads: threadsPerCore,
    }
  },
  NODE_GET_FREE_MEMORY: ({ node }) => ({ freeMem: BigInt(node.freeBytes()) }),
  NODE_GET_CELLS_FREE_MEMORY: ({ node }, { startCell, maxcells }) => ({
    cells: startCell === 0 && maxcells > 0 ? [BigInt(node.freeBytes())] : [],
  }),
  // Guests are confined by their user and by namespaces, and not by labels.
  NODE_GET_SECURITY_MODEL: () => ({ model: charsOf('none'), doi: charsOf('0') }),
  NODE_GET_CPU_MAP: ({ node }, { need_map, need_online }) => {
    const { count, online } = node.onlineProcessors()
    const map = Buffer.alloc(Math.ceil(count / 8))
    for (const cpu of online) map[cpu >> 3] = (map[cpu >> 3] ?? 0) | (1 << (cpu & 7))
    return {
      cpumap: need_map === 0 ? Buffer.alloc(0) : map,
      online: need_online === 0 ? 0 : online.length,
      ret: count,
    }
  },
  CONNECT_GET_CAPABILITIES: async ({ node }) => ({ capabilities: await capabilitiesXml(node) }),
  CONNECT_GET_MAX_VCPUS: (_context, { type }) => {
    if (type !== null && !/^(qemu|kvm|hvm)$/i.test(type))
      throw fail('invalidArgument', 'qemu', `unknown type '${type}'`)
    return { max_vcpus: MOST_PROCESSORS }
  },

  CONNECT_LIST_ALL_INTERFACES: async ({ app }, { need_results, flags }) => {
    const found = select(await hostInterfaces(app), flags, [
      { 1: ({ isUp }) => !isUp, 2: ({ isUp }) => isUp },
    ]).map(({ name, mac }) => ({ name, mac: mac ?? '' }))
    return { ifaces: need_results === 0 ? [] : found, ret: found.length }
  },
  INTERFACE_LOOKUP_BY_NAME: async ({ app }, { name }) => {
    const { mac } = await interfaceOf(app, name)
    return { iface: { name, mac: mac ?? '' } }
  },
  INTERFACE_IS_ACTIVE: async ({ app }, { iface }) => ({
    active: Number((await interfaceOf(app, iface.name)).isUp),
  }),
} as const satisfies Partial<
  Handlers<Extract<CallName, `NODE_${string}` | `CONNECT_${string}` | `INTERFACE_${string}`>>
>

/** The protocol's strings of fixed room: numbers, and a zero at the end. */
const charsOf = (text: string): number[] => [...Buffer.from(text), 0]

/** Of a machine whose type nobody has said: a pc. A q35 may have some more. */
const MOST_PROCESSORS = 255

/** Without the loopback and what is plugged into machines: those that are the host's own. */
export async function hostInterfaces(app: App): Promise<SeenLink[]> {
  return (await app.host.links()).filter(({ name, kind }) => name !== 'lo' && kind !== 'tun')
}

async function interfaceOf(app: App, name: string): Promise<SeenLink> {
  const link = (await app.host.links()).find((each) => each.name === name)
  if (link === undefined) throw fail('noInterface', 'interface', `couldn't find interface named '${name}'`)
  return link
}
