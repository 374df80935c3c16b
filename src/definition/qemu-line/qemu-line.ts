/** A `qemu-system-x86_64` line, alone or in a script, as the definition of a machine; every word of it is accounted for. */
import { invalidDefinition } from '../../core/errors.ts'
import type { DefinitionPlace, VmDefinition } from '../../core/vm/definition.ts'
import { given } from '../../libvirt/xml/given.ts'
import { tell, type Account } from './account.ts'
import { readBooting } from './booting.ts'
import { readDrives } from './drives.ts'
import { findQemuCommand } from './find-command.ts'
import { readHostDevices } from './host-devices.ts'
import { readHosting } from './hosting.ts'
import { readOptions, refuseRest } from './line-options.ts'
import { readNics } from './nics.ts'
import { readScreens } from './screens.ts'
import { readShell, type ShellCommand } from './shell-words.ts'
import { readSizes } from './sizes.ts'

export interface QemuLine {
  readonly definition: VmDefinition
  /** In the order of the words. */
  readonly account: readonly Account[]
  /** What was chosen where the line says nothing. */
  readonly notes: readonly string[]
}

export interface LineGiven {
  /** What it is called; absent: as the line says, or after its first file. */
  readonly name?: string | undefined
  /** What paths begin in; absolute. */
  readonly directory: string
  /** What `~` is. */
  readonly home?: string | undefined
  /** For messages. */
  readonly what: string
}

/** Options that weft knows, for guesses at what was meant. */
const KNOWN =
  'm smp cpu machine accel enable-kvm name uuid hda hdb cdrom drive blockdev device netdev nic net kernel initrd append boot bios vga display vnc spice nographic serial monitor rtc object daemonize usb'.split(
    ' ',
  )

/** Throws 'invalid-definition' with every problem and its place. */
export function readQemuLine(text: string, { name, directory, home, what }: LineGiven): QemuLine {
  const variables = given({ HOME: home, PWD: directory })
  const { commands, problems } = readShell(text, variables)
  if (problems.length > 0) throw invalidDefinition(what, problems)
  const command = findQemuCommand(commands)
  if ('problem' in command) throw invalidDefinition(what, [command.problem])
  const reader = readOptions(command.words, {
    pathOf: (path) => absolute(path, directory),
    bridgeOf: (tap) => bridgeOfTap(tap, command.others),
  })
  const isBare =
    reader.take('nodefaults').map((option) => {
      reader.taken(option, 'no device but those of the line')
    }).length > 0
  const drives = readDrives(reader)
  const { notes, ...sizes } = readSizes(reader)
  const isMicrovm = sizes.machine === 'microvm'
  const nics = readNics(reader, isBare || isMicrovm)
  const booting = readBooting(
    reader,
    drives.flashes,
    [...drives.disks, ...drives.cdroms, ...nics.nics].some(({ bootOrder }) => bootOrder !== undefined),
  )
  const screen = readScreens(reader, isMicrovm)
  const devices = readHostDevices(reader)
  const hosting = readHosting(reader)
  refuseRest(reader, KNOWN)
  if (reader.problems.length > 0) throw invalidDefinition(what, inOrder(reader.problems))
  const { disks, cdroms } = drives
  const own = nameOf(
    name ?? sizes.name,
    disks.map(({ source }) => ('path' in source ? source.path : '')),
    cdroms,
    booting.kernel?.path,
  )
  return {
    definition: {
      ...sizes,
      ...booting,
      ...hosting,
      ...screen,
      name: own,
      disks,
      cdroms,
      nics: nics.nics,
      ...(devices.length === 0 ? {} : { devices }),
      places: new Map<string, DefinitionPlace>([['', { line: command.words[0]?.line ?? 1, column: 1 }]]),
    },
    account: [...command.account, ...inWords(reader.account), ...command.others.map(otherCommand)],
    notes: [
      ...(name === undefined && sizes.name === undefined ? [`its name: ${own}`] : []),
      ...notes,
      ...nics.notes,
    ],
  }
}

const absolute = (path: string, directory: string): string => {
  const whole = path.startsWith('/') ? path : `${directory}/${path}`
  const parts: string[] = []
  for (const part of whole.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.' && part !== '') parts.push(part)
  }
  return `/${parts.join('/')}`
}

/** `ip link set tap0 master br0`, `brctl addif br0 tap0`, in the same script. */
function bridgeOfTap(tap: string, commands: readonly ShellCommand[]): string | undefined {
  for (const command of commands) {
    const words = command.map(({ text }) => text)
    if (!words.includes(tap)) continue
    const master = words.indexOf('master')
    const addif = words.indexOf('addif')
    const bridge = master >= 0 ? words[master + 1] : addif >= 0 ? words[addif + 1] : undefined
    if (bridge !== undefined) return bridge
  }
  return undefined
}

/** `~/isos/archlinux-2024.12.01-x86_64.iso` is archlinux-2024.12.01-x86_64. */
function nameOf(
  said: string | undefined,
  disks: readonly string[],
  cdroms: readonly { readonly path?: string }[],
  kernel: string | undefined,
): string {
  if (said !== undefined) return said
  const file = disks[0] ?? cdroms.find(({ path }) => path !== undefined)?.path ?? kernel ?? 'machine'
  const base = file.slice(file.lastIndexOf('/') + 1).replace(/\.(qcow2|img|raw|iso|qcow|vmdk|bin)$/i, '')
  return (
    base
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 63) || 'machine'
  )
}

const otherCommand = (words: ShellCommand): Account => {
  const isDisk = /(^|\/)qemu-img$/.test(words[0]?.text ?? '')
  if (isDisk)
    return tell(
      'left-out',
      words,
      'weft runs only the machine of a script; a disk is made by: weft disk create',
    )
  return tell(
    'not-needed',
    words,
    'weft runs only the machine of a script, and does itself what has to be done for it',
  )
}

function inWords(account: readonly Account[]): Account[] {
  const at = ({ words: [word] }: Account): number => (word?.line ?? 0) * 10_000 + (word?.column ?? 0)
  return [...account].sort((a, b) => at(a) - at(b))
}

function inOrder<T extends { readonly line?: number; readonly column?: number }>(
  problems: readonly T[],
): T[] {
  const at = ({ line = 0, column = 0 }: T): number => line * 10_000 + column
  return [...problems].sort((a, b) => at(a) - at(b))
}
