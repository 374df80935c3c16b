/** `<interface>` elements: what a NIC is plugged into, and how. */
import type { NicDefinition } from '../../../core/vm/definition.ts'
import type { NicDevice } from '../../../core/vm/spec.ts'
import { readBandwidth } from '../bandwidth-draft.ts'
import type { Reading } from '../element-shape.ts'
import { given } from '../given.ts'
import { complain, readMac, readTruth } from '../read-value.ts'
import type { PartReading } from './disk-draft.ts'
import { readBootOrder } from './boot-draft.ts'
import { INTERFACE_ELEMENT, type InterfaceData } from './domain-element.ts'
import { keptOf } from './kept-parts.ts'

export function readNics(all: readonly InterfaceData[], { reading, places }: PartReading): NicDefinition[] {
  return all.map((data, index) => {
    const path = `devices.interface[${String(index)}]`
    for (const [name, at] of [
      ['', ''],
      ['.network', '.source'],
      ['.portgroup', '.source.portgroup'],
      ['.mac', '.mac'],
      ['.boot', '.boot'],
    ] as const) {
      const place = reading.places.get(`${path}${at}`)
      if (place !== undefined) places.set(`nics.${String(index)}${name}`, place)
    }
    return readNic(data, path, reading)
  })
}

function readNic(data: InterfaceData, path: string, reading: Reading): NicDefinition {
  const mac = data.mac === undefined ? undefined : readMac(data.mac.address, `${path}.mac.address`, reading)
  // Names that libvirt and weft choose anew at each start.
  const kept = keptOf(INTERFACE_ELEMENT, data).filter(
    ({ at, value = '' }) => at !== 'target' || !/^(vnet|macvtap|tap)\d+$/.test(value),
  )
  return {
    plug: readPlug(data, path, reading),
    model: readModel(data, path, reading),
    ...given({
      mac,
      portgroup: data.source?.portgroup,
      filter: readFilter(data, path, reading),
      bootOrder: readBootOrder(data, path, reading),
      bandwidth: readBandwidth(data.bandwidth, `${path}.bandwidth`, reading),
      isIsolated:
        readTruth(data.port?.isolated, `${path}.port.isolated`, reading) === true
          ? (true as const)
          : undefined,
      link: readLink(data, path, reading),
      kept: kept.length === 0 ? undefined : kept,
    }),
  }
}

function readLink({ link }: InterfaceData, path: string, reading: Reading): NicDevice['link'] {
  const state = link?.state ?? 'up'
  if (state === 'down') return state
  if (state !== 'up')
    complain(reading, `${path}.link.state`, `'${state}' is no state of a link`, 'up or down')
  return undefined
}

/** libvirt prints the values of its variables by their names. */
function readFilter({ filterref }: InterfaceData, path: string, reading: Reading): NicDevice['filter'] {
  if (filterref === undefined) return undefined
  const { filter: name = '', parameter = [] } = filterref
  if (name === '')
    complain(reading, `${path}.filterref`, 'the filter is not named', "<filterref filter='...'/>")
  const parameters = parameter
    .map(({ name: variable = '', value = '' }) => ({ name: variable, value }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  const nameless = parameters.find((each) => !/^[A-Za-z0-9_]+$/.test(each.name))
  if (nameless !== undefined)
    complain(
      reading,
      `${path}.filterref`,
      `a parameter has the name '${nameless.name}'`,
      'letters, digits and underscores',
    )
  return { name, ...(parameters.length === 0 ? {} : { parameters }) }
}

/** What weft has instead of the kinds of interface that are not networks. */
const INSTEAD: Readonly<Record<string, string>> = {
  user: "<interface type='network'><source network='default'/>: guests reach the outside through this host",
  direct: 'make a network of this device: weft net define, forward mode bridge with the device',
  ethernet: 'weft makes the TAP itself: plug into a network',
  hostdev: 'weft hands no NIC of the host to a guest: plug into a network',
  vhostuser: 'weft has no such switch: plug into a network',
}

function readPlug(data: InterfaceData, path: string, reading: Reading): NicDefinition['plug'] {
  const { type = '', source } = data
  const from = type === 'bridge' ? source?.bridge : source?.network
  if (type !== 'network' && type !== 'bridge') {
    const hint = Object.hasOwn(INSTEAD, type) ? INSTEAD[type] : 'plug into a network'
    complain(reading, `${path}.type`, `an interface of type '${type}' is not supported`, hint)
  } else if (from === undefined || from === '') {
    complain(reading, path, `the interface does not say which ${type}`, `<source ${type}='...'/>`)
  }
  return type === 'bridge' ? { bridge: from ?? '' } : { network: from ?? '' }
}

/** Without a word libvirt takes an rtl8139. */
function readModel({ model }: InterfaceData, path: string, reading: Reading): NicDevice['model'] {
  const type = model?.type ?? 'rtl8139'
  if (type === 'virtio' || type === 'e1000' || type === 'e1000e' || type === 'rtl8139') return type
  complain(
    reading,
    `${path}.model.type`,
    `a NIC of model '${type}' is not supported`,
    'virtio, e1000, e1000e or rtl8139',
  )
  return 'virtio'
}
