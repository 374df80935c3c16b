/** The words after `qemu-system-x86_64` as options: who reads one takes it, and what nobody takes is refused by name. */
import type { Problem } from '../../core/errors.ts'
import { didYouMean } from '../did-you-mean.ts'
import { tell, type Account } from './account.ts'
import { readValues, type OptionValues } from './option-values.ts'
import type { ShellWord } from './shell-words.ts'

export interface LineOption {
  /** Without dashes; empty for a disk that stands alone. */
  readonly name: string
  readonly words: readonly ShellWord[]
  /** Its value; the option's own word where it has none. */
  readonly value: ShellWord
}

export interface LineReader {
  /** Options of these names that are still there, in their order. */
  readonly take: (...names: readonly string[]) => LineOption[]
  /** Devices of these names, with their values. */
  readonly takeDevices: (names: RegExp) => LineDevice[]
  /** The devices nobody has taken yet. */
  readonly devices: () => readonly LineDevice[]
  /** What nobody has taken yet, devices apart. */
  readonly rest: () => readonly LineOption[]
  readonly taken: (option: LineOption, what: string) => void
  readonly notNeeded: (option: LineOption, why: string) => void
  readonly leftOut: (option: LineOption, why: string) => void
  readonly refuse: (word: ShellWord, message: string, hint: string) => void
  /** Refuses the keys that nobody has taken. */
  readonly finish: (option: LineOption, values: OptionValues) => void
  readonly account: Account[]
  readonly problems: Problem[]
  readonly pathOf: (text: string) => string
  /** The bridge that the script plugs a TAP into. */
  readonly bridgeOf: (tap: string) => string | undefined
}

export interface LineDevice {
  readonly option: LineOption
  readonly driver: string
  readonly values: OptionValues
}

/** All others take a value. */
const WITHOUT_VALUE = new Set(
  (
    'enable-kvm no-kvm no-user-config nodefaults nodefconfig nographic daemonize S snapshot usb no-reboot no-shutdown no-acpi no-hpet ' +
    'no-fd-bootchk full-screen sdl curses win2k-hack rtc-td-hack localtime s mem-prealloc alt-grab ctrl-grab no-quit no-frame ' +
    'only-migratable enable-sync-profile singlestep one-insn-per-tb no-kvm-irqchip h help version preconfig enable-fips tdf show-cursor ' +
    'semihosting xen-attach xen-domid-restrict async-teardown portrait'
  ).split(' '),
)

export interface LineSurroundings {
  readonly pathOf: (text: string) => string
  readonly bridgeOf: (tap: string) => string | undefined
}

export function readOptions(words: readonly ShellWord[], around: LineSurroundings): LineReader {
  const account: Account[] = []
  const problems: Problem[] = []
  let options = optionsOf(words, problems)
  let devices: LineDevice[] = options
    .filter(({ name }) => name === 'device')
    .map((option) => {
      const values = readValues(option.value, 'driver')
      return { option, driver: values.take('driver') ?? '', values }
    })
  options = options.filter(({ name }) => name !== 'device')
  return {
    take: (...names) => {
      const found = options.filter(({ name }) => names.includes(name))
      options = options.filter((option) => !found.includes(option))
      return found
    },
    takeDevices: (names) => {
      const found = devices.filter(({ driver }) => names.test(driver))
      devices = devices.filter((device) => !found.includes(device))
      return found
    },
    devices: () => devices,
    rest: () => options,
    taken: ({ words: own }, what) => void account.push(tell('taken', own, what)),
    notNeeded: ({ words: own }, why) => void account.push(tell('not-needed', own, why)),
    leftOut: ({ words: own }, why) => void account.push(tell('left-out', own, why)),
    refuse: ({ text, line, column }, message, hint) =>
      void problems.push({ path: text, message, hint, line, column }),
    finish: ({ words: [own] }, values) => void problems.push(...values.rest(own?.text ?? 'it')),
    account,
    problems,
    ...around,
  }
}

function optionsOf(words: readonly ShellWord[], problems: Problem[]): LineOption[] {
  const options: LineOption[] = []
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i]
    if (word === undefined) break
    const name = /^--?(\w[\w.-]*)$/.exec(word.text)?.[1]
    const value = words[i + 1]
    if (name === undefined) options.push({ name: '', words: [word], value: word })
    else if (WITHOUT_VALUE.has(name)) options.push({ name, words: [word], value: word })
    else if (value === undefined) {
      const { text, line, column } = word
      problems.push({ path: text, message: `${text} has no value`, line, column })
    } else {
      options.push({ name, words: [word, value], value })
      i += 1
    }
  }
  return options
}

/** Refuses the options and devices that nobody has taken. */
export function refuseRest(reader: LineReader, known: readonly string[]): void {
  for (const { words, value, name } of reader.rest()) {
    const [word = value] = words
    const meant = didYouMean(name, known)
    const hint = meant === undefined ? 'leave it out to do without' : `did you mean -${meant}?`
    reader.refuse(word, `weft makes nothing of ${word.text}`, hint)
  }
  for (const { option, driver } of reader.devices())
    reader.refuse(option.value, `weft has no device '${driver}'`, 'leave it out to do without')
}
