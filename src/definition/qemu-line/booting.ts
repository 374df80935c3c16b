/** What a machine boots: firmware, a kernel given directly, the order of its devices. */
import type { FirmwareDefinition, VmDefinition } from '../../core/vm/definition.ts'
import type { BootDevice } from '../../core/vm/spec.ts'
import { given } from '../../libvirt/xml/given.ts'
import type { LineOption, LineReader } from './line-options.ts'
import { readValues } from './option-values.ts'

type Part = Partial<VmDefinition>

/** A file in flash: firmware first, then what it remembers. */
export interface Flash {
  readonly option: LineOption
  readonly path: string
  readonly unit?: number
}

/** `hasPlaces`: devices have places of their own in the boot order, which then count alone, as with QEMU. */
export function readBooting(reader: LineReader, flashes: readonly Flash[], hasPlaces: boolean): Part {
  const firmware = readFirmware(reader, flashes)
  const kernel = readKernel(reader)
  return { ...given({ firmware, kernel }), boot: readOrder(reader, hasPlaces) }
}

const OVMF = /ovmf|edk2|uefi|efi/i
const SECURE = /secboot|secure|\.ms\./i

function readFirmware(reader: LineReader, flashes: readonly Flash[]): FirmwareDefinition | undefined {
  const isGuarded = takeGuards(reader)
  const sorted = [...flashes].sort((a, b) => (a.unit ?? 0) - (b.unit ?? 0))
  const legacy = reader.take('pflash').map((option) => ({ option, path: reader.pathOf(option.value.text) }))
  const [code, memory, third] = [...sorted, ...legacy]
  if (code !== undefined) reader.taken(code.option, 'UEFI firmware')
  if (memory !== undefined)
    reader.taken(memory.option, 'what its own memory of settings begins as; this file stays as it is')
  if (third !== undefined)
    reader.refuse(third.option.value, 'a machine has two files of firmware', 'leave it out')
  const bios = readBios(reader)
  if (code === undefined) return bios
  const secure = isGuarded || SECURE.test(code.path) ? { isSecure: true as const } : {}
  return memory === undefined
    ? { code: code.path, ...secure }
    : { code: code.path, template: memory.path, ...secure }
}

/** Secure Boot's: only what is signed may write to the flash. */
function takeGuards(reader: LineReader): boolean {
  let isGuarded = false
  for (const option of reader.take('global')) {
    const values = readValues(option.value)
    const text = option.value.text
    const isSecure = text.includes('cfi.pflash01') && /secure(,value)?=on/.test(text)
    if (isSecure) reader.taken(option, 'Secure Boot')
    else if (/disable_s[34]=/.test(text)) reader.notNeeded(option, 'weft says so where Secure Boot needs it')
    else if (/^(kvm-pit\.lost_tick_policy|ICH9-LPC\.acpi-pci-hotplug)/.test(text))
      reader.notNeeded(option, "QEMU's default serves")
    else
      reader.refuse(values.word, `weft sets no properties of devices: ${text}`, 'leave it out to do without')
    isGuarded = isGuarded || isSecure
  }
  return isGuarded
}

/** One file that holds code and settings: weft takes this host's, in two. */
function readBios(reader: LineReader): FirmwareDefinition | undefined {
  let firmware: FirmwareDefinition | undefined
  for (const option of reader.take('bios')) {
    const { text } = option.value
    if (/^(bios(-256k|-microvm)?|seabios)\.bin$|^qboot\.rom$|\/seabios\//.test(text)) {
      reader.notNeeded(option, 'it is the BIOS that comes with QEMU')
      continue
    }
    if (!OVMF.test(text))
      reader.refuse(
        option.value,
        `weft boots no BIOS of somebody's own: ${text}`,
        'leave it out for the one that comes with QEMU',
      )
    firmware = { kind: SECURE.test(text) ? 'uefi-secure' : 'uefi' }
    reader.taken(option, "UEFI: this host's firmware, with a file of its own for its settings")
  }
  return firmware
}

function readKernel(reader: LineReader): Part['kernel'] {
  const text = (name: string, what: string): string | undefined => {
    let last: string | undefined
    for (const option of reader.take(name)) {
      last = option.value.text
      reader.taken(option, what)
    }
    return last
  }
  const [initrdOption] = reader.take('initrd')
  const [appendOption] = reader.take('append')
  const path = text('kernel', 'boots this kernel')
  for (const option of [initrdOption, appendOption]) {
    if (option === undefined) continue
    if (path === undefined)
      reader.refuse(
        option.words[0] ?? option.value,
        `-${option.name} belongs to a kernel, and there is none`,
        '-kernel FILE',
      )
    else reader.taken(option, option === initrdOption ? 'its initramfs' : 'its command line')
  }
  if (path === undefined) return undefined
  const initrd = initrdOption === undefined ? undefined : reader.pathOf(initrdOption.value.text)
  return { path: reader.pathOf(path), ...given({ initrd, append: appendOption?.value.text }) }
}

const LETTERS: Readonly<Record<string, BootDevice>> = { c: 'disk', d: 'cd', n: 'net' }
const NAMES = { disk: 'disk', cd: 'CD', net: 'network' } as const

function readOrder(reader: LineReader, hasPlaces: boolean): BootDevice[] {
  let letters: BootDevice[] = []
  for (const option of reader.take('boot')) {
    const values = readValues(option.value, 'order')
    const [order, once] = [values.take('order'), values.take('once')]
    const menu = values.takeFlag('menu')
    values.drop(/^(strict|reboot-timeout|splash|splash-time)$/)
    reader.finish(option, values)
    const all = `${order ?? (once === undefined ? '' : 'c')}${once ?? ''}`.split('')
    const strange = all.find((letter) => LETTERS[letter] === undefined)
    if (strange !== undefined)
      reader.refuse(
        option.value,
        `'${strange}' is nothing weft boots from`,
        'c (disk), d (CD) or n (network)',
      )
    letters = [...new Set([...letters, ...all.flatMap((letter) => LETTERS[letter] ?? [])])]
    const words = letters.map((kind) => NAMES[kind]).join(', then ')
    if (once !== undefined) reader.taken(option, `boots from ${words}: an empty disk is passed over`)
    else if (hasPlaces && letters.length > 0) reader.notNeeded(option, 'bootindex= of the devices says it')
    else if (letters.length > 0) reader.taken(option, `boots from ${words}`)
    else if (menu === true) reader.leftOut(option, 'weft asks nobody at boot; --boot says the order')
    else reader.notNeeded(option, 'it says nothing of the order')
  }
  return hasPlaces ? [] : letters
}
