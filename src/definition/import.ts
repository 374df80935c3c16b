/** Machines that run elsewhere, as definitions of weft's: QEMU lines, and libvirt's domain XML as libvirt itself writes it. */
import { WeftError } from '../core/errors.ts'
import type { NicDefinition, VmDefinition } from '../core/vm/definition.ts'
import { omit } from '../core/vm/omit.ts'
import { accountLine } from './qemu-line/account.ts'
import { readQemuLine } from './qemu-line/qemu-line.ts'
import { readVmDefinition, type ReadVm } from './vm.ts'

export interface ImportText {
  readonly text: string
  readonly from: 'command' | 'libvirt'
  /** The file's name, for messages. */
  readonly source?: string
  /** What the machine is called here; absent: as the text says. */
  readonly name?: string
  /** `NETWORK` for every NIC, or `FROM=NETWORK` for those that are on FROM, a network or a bridge. */
  readonly nets?: readonly string[]
  /** What paths of a line begin in, and what `~` is; absolute. */
  readonly directory?: string
  readonly home?: string
}

export interface ReadImport extends ReadVm {
  /** What became of it, in sentences. */
  readonly notes: readonly string[]
}

/** Throws 'invalid-definition' with every problem and its place. */
export async function readVmImport(given: ImportText): Promise<ReadImport> {
  const read = given.from === 'command' ? readLine(given) : await readLibvirt(given)
  return { ...read, definition: replugged(read.definition, given.nets ?? []) }
}

function readLine({ text, source, name, directory = '/', home }: ImportText): ReadImport {
  const what = source ?? 'the command'
  const { definition, account, notes } = readQemuLine(text, { name, directory, home, what })
  return { definition, rest: {}, what, notes: [...account.map(accountLine), ...notes] }
}

async function readLibvirt({ text, source, name }: ImportText): Promise<ReadImport> {
  const { notes = [], ...read } = await readVmDefinition(text, source, true)
  const named = name === undefined ? read.definition : { ...read.definition, name }
  return { ...read, definition: anywhere(named), notes }
}

/** `host` is what a machine has anyway under KVM; where KVM does not work there is no such model. */
function anywhere(definition: VmDefinition): VmDefinition {
  const isHost = definition.accelerator === 'auto' && definition.cpuModel === 'host'
  return isHost ? omit(definition, 'cpuModel') : definition
}

/** NICs go where the caller says, the others where they were. */
function replugged(definition: VmDefinition, nets: readonly string[]): VmDefinition {
  const words = nets.map((word) => {
    const at = word.indexOf('=')
    return { from: at < 0 ? undefined : word.slice(0, at), network: word.slice(at + 1) }
  })
  const places = definition.nics.map(({ plug }) => ('network' in plug ? plug.network : plug.bridge))
  const lost = words.find(({ from }) => from !== undefined && !places.includes(from))
  if (lost !== undefined) {
    const known = [...new Set(places)]
    const message = `no NIC of the machine is on '${lost.from ?? ''}'`
    throw new WeftError('invalid-argument', message, {
      hint: known.length === 0 ? 'it has none' : `it has NICs on ${known.join(', ')}`,
    })
  }
  const nics = definition.nics.map((nic, i): NicDefinition => {
    const word = words.find(({ from }) => from === places[i]) ?? words.find(({ from }) => from === undefined)
    return word === undefined ? nic : { ...nic, plug: { network: word.network } }
  })
  return { ...definition, nics }
}
