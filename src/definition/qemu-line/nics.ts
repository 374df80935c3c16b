/** NICs: -netdev with its device, -nic, and the old -net pairs; what each is plugged into. */
import { parseMac, type MacAddress } from '../../core/address/mac.ts'
import type { NicDefinition } from '../../core/vm/definition.ts'
import type { NicDevice } from '../../core/vm/spec.ts'
import { given } from '../../libvirt/xml/given.ts'
import type { LineDevice, LineOption, LineReader } from './line-options.ts'
import { DEFAULT, readPlug, type Plug } from './netdevs.ts'
import { readValues, type OptionValues } from './option-values.ts'
import type { ShellWord } from './shell-words.ts'

export interface LineNics {
  readonly nics: readonly NicDefinition[]
  readonly notes: readonly string[]
}

const MODELS: Readonly<Record<string, NicDevice['model']>> = {
  'virtio-net-pci': 'virtio',
  'virtio-net': 'virtio',
  'virtio-net-device': 'virtio',
  'virtio-net-pci-non-transitional': 'virtio',
  'virtio-net-pci-transitional': 'virtio',
  virtio: 'virtio',
  e1000: 'e1000',
  'e1000-82540em': 'e1000',
  rtl8139: 'rtl8139',
  e1000e: 'e1000e',
}
const NIC =
  /^(virtio-net(-pci|-device)?(-non-transitional|-transitional)?|e1000(-82540em|-82544gc|-82545em|e)?|rtl8139|vmxnet3|ne2k_pci|pcnet|i82\d+\w*|igb|usb-net|tulip)$/
const CARD_WORDS =
  /^(id|bus|addr|vectors|mq|romfile|rombar|multifunction|host_mtu|csum|gso|guest_\w+|host_\w+|mrg_rxbuf|rx_queue_size|tx_queue_size|disable-(legacy|modern)|packed|iommu_platform|ats|status|ctrl_\w+|event_idx|name|vlan|speed|duplex|rss|hash|failover)$/

/** QEMU adds a NIC where the line says nothing of any. */
export function readNics(reader: LineReader, isBare: boolean): LineNics {
  const netdevs = new Map(reader.take('netdev').map((option) => readNetdev(reader, option)))
  const cards = reader.takeDevices(NIC)
  const pairs = [...readOld(reader, netdevs), ...readShort(reader)]
  const plugged = cards.map((device) => readCard(reader, device, netdevs))
  const all = [...plugged, ...pairs.filter((pair) => pair !== 'none')]
  for (const [id, { option, isUsed }] of netdevs)
    if (!isUsed.has(id)) reader.leftOut(option, `no device has '${id}', so that its guest would not see it`)
  const isSilent = all.length === 0 && pairs.length === 0 && netdevs.size === 0 && !isBare
  const own: NicDefinition = { plug: { network: DEFAULT }, model: 'e1000' }
  return {
    nics: isSilent ? [own] : all,
    notes: isSilent
      ? [
          `QEMU gives a machine a NIC where the line says nothing of any: on network '${DEFAULT}' (-nic none has none)`,
        ]
      : [],
  }
}

interface Netdev {
  readonly option: LineOption
  readonly plug: Plug
  readonly isUsed: Set<string>
}

function readNetdev(reader: LineReader, option: LineOption): [string, Netdev] {
  const values = readValues(option.value, 'type')
  const id = values.take('id') ?? ''
  const plug = readPlug(reader, option, values.take('type') ?? '', values)
  reader.finish(option, values)
  reader.taken(option, plug.what)
  return [id, { option, plug, isUsed: new Set() }]
}

function readCard(
  reader: LineReader,
  { option, driver, values }: LineDevice,
  netdevs: ReadonlyMap<string, Netdev>,
): NicDefinition {
  const id = values.take('netdev') ?? ''
  const netdev = netdevs.get(id)
  netdev?.isUsed.add(id)
  if (netdev === undefined)
    reader.refuse(
      option.value,
      id === '' ? 'the NIC has no netdev' : `there is no netdev '${id}'`,
      `-netdev user,id=${id === '' ? 'n0' : id}`,
    )
  const card = finishCard(reader, option, driver, values)
  reader.finish(option, values)
  reader.taken(option, `a NIC, ${card.model ?? ''}`)
  return { plug: netdev?.plug.plug ?? { network: DEFAULT }, ...card }
}

function finishCard(
  reader: LineReader,
  option: LineOption,
  model: string,
  values: OptionValues,
): Omit<NicDefinition, 'plug'> {
  const mac = readMac(reader, option.value, values.take('mac', 'macaddr'))
  const index = values.take('bootindex')
  values.drop(CARD_WORDS)
  const known = readModel(reader, option, model)
  // weft's places begin with 1.
  const bootOrder = index === undefined ? undefined : Number(index) + 1
  return { model: known, ...given({ mac, bootOrder }) }
}

function readModel(reader: LineReader, option: LineOption, model: string): NicDevice['model'] {
  const known = Object.hasOwn(MODELS, model) ? MODELS[model] : undefined
  if (known !== undefined) return known
  // Near enough: every system with a driver for one has one for the other.
  if (/^e1000-8254[45]\w+$/.test(model)) {
    reader.leftOut(option, `weft has no ${model}: an e1000 instead`)
    return 'e1000'
  }
  reader.refuse(option.value, `weft has no NIC of model '${model}'`, 'virtio-net-pci, e1000 or rtl8139')
  return 'virtio'
}

function readMac(reader: LineReader, word: ShellWord, text: string | undefined): MacAddress | undefined {
  if (text === undefined) return undefined
  const mac = parseMac(text)
  if (mac === undefined)
    reader.refuse(word, `'${text}' is not a MAC address`, 'write it as 52:54:00:12:34:56')
  return mac
}

/** `-nic user,model=virtio,mac=...`: both ends in one. */
function readShort(reader: LineReader): (NicDefinition | 'none')[] {
  return reader.take('nic').map((option) => {
    const values = readValues(option.value, 'type')
    const type = values.take('type') ?? 'user'
    if (type === 'none') {
      reader.taken(option, 'no NIC')
      return 'none'
    }
    const plug = readPlug(reader, option, type, values)
    values.drop(/^id$/)
    const card = finishCard(reader, option, values.take('model') ?? 'e1000', values)
    reader.finish(option, values)
    reader.taken(option, `a NIC, ${card.model ?? ''}, ${plug.what}`)
    return { plug: plug.plug, ...card }
  })
}

/** `-net nic -net user`: the first end goes with the other. */
function readOld(reader: LineReader, netdevs: ReadonlyMap<string, Netdev>): (NicDefinition | 'none')[] {
  const cards: LineOption[] = []
  const ends: LineOption[] = []
  let isNone = false
  for (const option of reader.take('net')) {
    const [type = ''] = option.value.text.split(',')
    if (type === 'none') {
      isNone = true
      reader.taken(option, 'no NIC')
    } else (type === 'nic' ? cards : ends).push(option)
  }
  const plugs = ends.map((option) => {
    const values = readValues(option.value, 'type')
    const plug = readPlug(reader, option, values.take('type') ?? '', values)
    values.drop(/^(id|name|vlan)$/)
    reader.finish(option, values)
    if (cards.length === 0) reader.leftOut(option, 'there is no -net nic that it would reach')
    else reader.taken(option, plug.what)
    return plug
  })
  const all = cards.map((option, i): NicDefinition => {
    const values = readValues(option.value, 'type')
    values.take('type')
    const id = values.take('netdev') ?? ''
    netdevs.get(id)?.isUsed.add(id)
    const plug = (netdevs.get(id)?.plug ?? plugs[i] ?? plugs[0])?.plug ?? { network: DEFAULT }
    const card = finishCard(reader, option, values.take('model') ?? 'e1000', values)
    reader.finish(option, values)
    reader.taken(option, `a NIC, ${card.model ?? ''}`)
    return { plug, ...card }
  })
  return isNone || (cards.length === 0 && ends.length > 0) ? [...all, 'none'] : all
}
