/** `-blockdev`: nodes that name each other, put together to the drives that they are. */
import { given } from '../../libvirt/xml/given.ts'
import { readDiskFile, readLimits, takeUnneeded, type Drive } from './disk-files.ts'
import type { LineOption, LineReader } from './line-options.ts'
import { readValues } from './option-values.ts'

interface Node {
  readonly option: LineOption
  readonly name: string
  readonly driver: string
  readonly file?: string
  /** The node below it. */
  readonly below?: string
  readonly isReadOnly: boolean
  readonly limits: Pick<Drive, 'iops' | 'bps'>
}

/** Drivers that open something themselves. */
const PROTOCOLS = ['file', 'host_device', 'host_cdrom']

export function readNodes(reader: LineReader): Drive[] {
  const nodes = reader.take('blockdev').map((option) => readNode(reader, option))
  const isBelow = new Set(nodes.flatMap(({ below }) => below ?? []))
  const flash = firmwareNodes(reader)
  for (const { option, name } of nodes)
    if (isBelow.has(name)) reader.taken(option, 'the file of a node above it')
  return nodes
    .filter(({ name }) => !isBelow.has(name))
    .map((node): Drive => {
      const file = node.file ?? nodes.find(({ name }) => name === node.below)?.file
      const unit = flash.indexOf(node.name)
      return {
        option: node.option,
        id: node.name,
        kind: unit < 0 ? 'none' : 'flash',
        bus: 'virtio',
        ...readDiskFile(
          reader,
          node.option.value,
          file,
          PROTOCOLS.includes(node.driver) ? 'raw' : node.driver,
        ),
        ...node.limits,
        ...given({
          isReadOnly: node.isReadOnly && unit < 0 ? (true as const) : undefined,
          index: unit < 0 ? undefined : unit,
        }),
      }
    })
}

function readNode(reader: LineReader, option: LineOption): Node {
  const values = readValues(option.value, 'driver')
  const driver = values.take('driver') ?? 'file'
  const limits = readLimits(reader, option, values)
  const name = values.take('node-name') ?? ''
  const file = values.take('filename', 'file.filename')
  const below = values.take('file')
  const isReadOnly = values.takeFlag('read-only') === true
  takeUnneeded(reader, option, values)
  values.drop(/^(locking|pr-manager|discard-no-unref|size|offset|throttle-group)$/)
  reader.finish(option, values)
  return { option, name, driver, isReadOnly, limits, ...given({ file, below }) }
}

/** `-machine pflash0=code,pflash1=vars`: only looked at, the machine type takes it. */
function firmwareNodes(reader: LineReader): readonly string[] {
  return reader.rest().flatMap(({ name, value }) => {
    if (name !== 'machine' && name !== 'M') return []
    const values = readValues(value, 'type')
    return [values.take('pflash0') ?? '', values.take('pflash1') ?? '']
  })
}
