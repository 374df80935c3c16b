/** What every machine of weft has, as libvirt writes it: told to whoever reads the XML, and not kept when it comes back. */
import { readOnce } from '../../../core/host/read-once.ts'
import type { VideoCard } from '../../../core/vm/hardware-spec.ts'
import type { KeptXml, VmSpec } from '../../../core/vm/spec.ts'

interface StandardPart {
  readonly at: string
  readonly name: string
  readonly xml: string
  /** What QEMU calls it, while the machine runs. */
  readonly alias?: string
  /** Another one with this in it stands for it; absent: any other. */
  readonly role?: RegExp
  /** Absent: every machine has it. */
  readonly isIn?: (spec: Standard) => boolean
}

type Standard = Pick<VmSpec, 'disks' | 'machine' | 'video'>

function cardPart(model: VideoCard | 'vga'): StandardPart {
  return {
    at: 'devices',
    name: 'video',
    alias: 'video0',
    isIn: ({ machine, video = machine === 'microvm' ? undefined : 'vga' }) => video === model,
    xml: `<video>\n      <model type='${model}' heads='1' primary='yes'/>\n    </video>`,
  }
}

const SCSI = "<controller type='scsi' index='0' model='virtio-scsi'/>"

export const STANDARD_PARTS: readonly StandardPart[] = [
  { at: 'features', name: 'acpi', xml: '<acpi/>' },
  { at: 'features', name: 'apic', xml: '<apic/>' },
  { at: 'devices', name: 'emulator', xml: '<emulator>/usr/bin/qemu-system-x86_64</emulator>' },
  {
    at: 'devices',
    name: 'controller',
    role: /\stype=["']scsi["']/,
    isIn: ({ disks }) => disks.some(({ bus }) => bus === 'scsi'),
    xml: SCSI,
  },
  {
    at: 'devices',
    name: 'serial',
    alias: 'serial0',
    xml: "<serial type='pty'>\n      <target type='isa-serial' port='0'>\n        <model name='isa-serial'/>\n      </target>\n    </serial>",
  },
  {
    at: 'devices',
    name: 'console',
    alias: 'serial0',
    xml: "<console type='pty'>\n      <target type='serial' port='0'/>\n    </console>",
  },
  {
    at: 'devices',
    name: 'channel',
    alias: 'channel0',
    role: /org\.qemu\.guest_agent\.0/,
    xml: "<channel type='unix'>\n      <target type='virtio' name='org.qemu.guest_agent.0'/>\n    </channel>",
  },
  ...(['vga', 'virtio', 'qxl'] as const).map(cardPart),
  {
    at: 'devices',
    name: 'video',
    isIn: ({ video }) => video === 'none',
    xml: "<video>\n      <model type='none'/>\n    </video>",
  },
  {
    at: 'devices',
    name: 'memballoon',
    alias: 'balloon0',
    xml: "<memballoon model='virtio' freePageReporting='on'>\n    </memballoon>",
  },
  {
    at: 'devices',
    name: 'rng',
    alias: 'random0',
    xml: "<rng model='virtio'>\n      <backend model='builtin'/>\n    </rng>",
  },
]

export function isStandard({ at, name, xml }: KeptXml): boolean {
  return STANDARD_PARTS.some(
    (part) => part.at === at && part.name === name && xml !== undefined && dense(part.xml) === dense(xml),
  )
}

/** Those that nothing kept stands for. */
export function standardParts(spec: Standard, kept: readonly KeptXml[], isLive: boolean): KeptXml[] {
  return STANDARD_PARTS.filter(
    ({ at, name, role, isIn }) =>
      (isIn?.(spec) ?? true) &&
      !kept.some((part) => part.at === at && part.name === name && (role?.test(part.xml ?? '') ?? true)),
  ).map((part) => writtenOf(part)[isLive ? 'live' : 'resting'])
}

/** With its alias, and without. */
const writtenOf = readOnce(({ at, name, xml, alias }: StandardPart) => {
  const resting = { at, name, xml: tidy(xml) }
  const named = xml.replace(/\n {4}(<\/\w+>)$/, `\n      <alias name='${alias ?? ''}'/>\n    $1`)
  return { resting, live: alias === undefined ? resting : { at, name, xml: named } }
})

const tidy = (xml: string): string => xml.replace(/>\s*<\/memballoon>$/, '/>')

/** As it was written by whomever: quotes, aliases and white space make no difference. */
function dense(xml: string): string {
  return xml
    .replaceAll('"', "'")
    .replace(/<alias name='[^']*'\/>/g, '')
    .replace(/>\s+</g, '><')
    .replace(/<(\w+)((?:\s[^<>/]*)?)><\/\1>/g, '<$1$2/>')
    .trim()
}
