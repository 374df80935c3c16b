/** A lab as a file: what a person would have written, without what weft chooses by itself. */
import type { HostLinks } from '../core/lab/host-links.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import { omit } from '../core/vm/omit.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { machineObject } from './machine-yaml.ts'
import { networkObject } from './network-object.ts'

export interface LabParts {
  readonly name: string
  readonly networks: readonly {
    readonly spec: NetworkSpec
    readonly isStarted: boolean
    readonly autostart: boolean
  }[]
  readonly machines: readonly { readonly spec: VmSpec; readonly isStarted: boolean }[]
  readonly host: HostLinks
}

export async function formatLab(parts: LabParts, format: 'yaml' | 'json'): Promise<string> {
  const object = labObject(parts)
  if (format === 'json') return `${JSON.stringify(object, null, 2)}\n`
  const { Document, isMap, isSeq, visit } = await import('yaml')
  const document = new Document(object)
  // A bridge, a range, a reservation are read at a glance when each is on one line.
  visit(document, {
    Map(_key, node, path) {
      const isShort = node.items.length <= 4 && JSON.stringify(node).length < 100
      const isPart = path.length <= 5 && isSeq(path.at(-1))
      if (!isPart && isMap(node) && isShort && path.length > 3) node.flow = true
    },
  })
  return document.toString({ lineWidth: 0, flowCollectionPadding: false })
}

/** UUIDs, the MACs of bridges and places on buses are chosen anew elsewhere, and found again here. */
function labObject({ name, networks, machines, host }: LabParts): object {
  const { bridges, taps } = host
  return {
    name,
    ...(bridges.length + taps.length === 0
      ? {}
      : { host: { ...(bridges.length === 0 ? {} : { bridges }), ...(taps.length === 0 ? {} : { taps }) } }),
    networks: networks.map(({ spec, isStarted, autostart }) => ({
      ...omit(networkObject(spec), 'uuid', 'mac'),
      ...(isStarted ? {} : { started: false }),
      ...(autostart ? { autostart: true } : {}),
    })),
    machines: machines.map(({ spec, isStarted }) => ({
      ...machineObject(portable(spec)),
      ...(isStarted ? {} : { started: false }),
    })),
  }
}

function portable(spec: VmSpec): VmSpec {
  const { nics, disks, shares, devices } = spec
  return {
    ...(omit(spec, 'uuid') as VmSpec),
    nics: nics.map((nic) => omit(nic, 'slot')),
    disks: disks.map((disk) => omit(disk, 'slot')),
    ...(shares === undefined ? {} : { shares: shares.map((share) => omit(share, 'slot')) }),
    ...(devices === undefined ? {} : { devices: devices.map((device) => omit(device, 'slot')) }),
  }
}
