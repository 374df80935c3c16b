/** Devices that are kept as they stand, unless they say something a guest or its owner would miss. */
import type { Reading } from '../element-shape.ts'
import { complain } from '../read-value.ts'
import type { DomainData } from './domain-element.ts'

interface Doubt {
  /** The element as it stands. */
  readonly holds: (xml: string) => boolean
  readonly message: string
  readonly hint: string
}

const type = (xml: string): string => attributeOf(xml, 'type') ?? ''

const DOUBTS = {
  controller: [
    {
      holds: (xml) => type(xml) === 'scsi' && (attributeOf(xml, 'model') ?? 'virtio-scsi') !== 'virtio-scsi',
      message: 'the SCSI controller is that of virtio',
      hint: "model='virtio-scsi'",
    },
  ],
  serial: [
    {
      holds: (xml) => type(xml) !== 'pty' && type(xml) !== 'unix',
      message: 'the serial port leads to weft vm console, and nowhere else',
      hint: "type='pty'",
    },
  ],
  console: [
    {
      holds: (xml) => /<target\b[^>]*\btype=["'](?!serial["'])/.test(xml),
      message: 'the console is the serial port',
      hint: "<console type='pty'/>",
    },
  ],
  channel: [
    {
      holds: (xml) => !/org\.qemu\.guest_agent\.0|com\.redhat\.spice|org\.spice-space/.test(xml),
      message: "weft has no channel but that of the guest's agent",
      hint: 'leave it out',
    },
  ],
} as const satisfies Readonly<Partial<Record<keyof NonNullable<DomainData['devices']>, readonly Doubt[]>>>

export function complainOfDevices({ devices = {} }: DomainData, reading: Reading): void {
  for (const [name, doubts] of Object.entries(DOUBTS)) {
    const elements = devices[name as keyof typeof DOUBTS] ?? []
    elements.forEach(({ xml }, index) => {
      for (const { holds, message, hint } of doubts as readonly Doubt[])
        if (holds(xml)) complain(reading, `devices.${name}[${String(index)}]`, message, hint)
    })
  }
  if ((devices.serial ?? []).length > 1)
    complain(reading, 'devices.serial[1]', 'weft gives a machine one serial port', 'leave it out')
}

/** Of the element itself, not of those in it. */
function attributeOf(xml: string, name: string): string | undefined {
  const [tag = ''] = /^<[^\s/>]+(?:\s+[^\s=]+\s*=\s*(?:"[^"]*"|'[^']*'))*/.exec(xml) ?? []
  const [, double, single] = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(tag) ?? []
  return double ?? single
}
