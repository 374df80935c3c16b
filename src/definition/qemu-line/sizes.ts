/** The machine itself: its type, processors, memory, accelerator, name and identity. */
import type { VmDefinition } from '../../core/vm/definition.ts'
import type { CpuTopology } from '../../core/vm/hardware-spec.ts'
import { given } from '../../libvirt/xml/given.ts'
import { machineFamily } from '../../core/vm/machine-type.ts'
import type { LineOption, LineReader } from './line-options.ts'
import { readValues, type OptionValues } from './option-values.ts'

type Part = Partial<VmDefinition>

/** What QEMU gives a machine that says nothing of its memory. */
const QEMU_MEMORY_MIB = 128
const UNITS: Readonly<Record<string, number>> = { b: 2 ** -20, k: 2 ** -10, m: 1, g: 2 ** 10, t: 2 ** 20 }

export function readSizes(reader: LineReader): Part & { readonly notes: readonly string[] } {
  const isSaid = reader.rest().some(({ name }) => name === 'm')
  const memory = readMemory(reader)
  const { accelerators, ...machine } = readMachine(reader)
  const accelerator = readAccelerator(reader, accelerators)
  return {
    ...memory,
    notes: isSaid
      ? []
      : [`memory: ${String(QEMU_MEMORY_MIB)} MiB, as QEMU gives where the line says nothing (-m 2G)`],
    ...readCpus(reader),
    ...machine,
    accelerator,
    ...given({ cpuModel: readCpuModel(reader, accelerator) }),
    ...readIdentity(reader),
  }
}

function each(
  reader: LineReader,
  names: readonly string[],
  implied: string | undefined,
  read: (values: OptionValues, option: LineOption) => void,
): void {
  for (const option of reader.take(...names)) {
    const values = readValues(option.value, implied)
    read(values, option)
    reader.finish(option, values)
  }
}

function readMemory(reader: LineReader): Part {
  let part: Part = { memoryMiB: QEMU_MEMORY_MIB }
  each(reader, ['m'], 'size', (values, option) => {
    const memoryMiB = mebibytes(reader, option, values.take('size', 'mem')) ?? QEMU_MEMORY_MIB
    const most = values.take('maxmem')
    const maxMemoryMiB = most === undefined ? undefined : mebibytes(reader, option, most)
    values.drop(/^slots$/)
    const grows = maxMemoryMiB !== undefined && maxMemoryMiB > memoryMiB
    part = { memoryMiB, ...(grows ? { maxMemoryMiB } : {}) }
    const more = grows ? `, at most ${String(maxMemoryMiB)} MiB while it runs` : ''
    reader.taken(option, `${String(memoryMiB)} MiB of memory${more}`)
  })
  return part
}

function mebibytes(reader: LineReader, { value }: LineOption, text = ''): number | undefined {
  const [, amount, unit = 'm'] = /^(\d+(?:\.\d+)?)([bkmgt]?)$/i.exec(text) ?? []
  if (amount !== undefined)
    return Math.ceil(Number(amount) * (UNITS[(unit === '' ? 'm' : unit).toLowerCase()] ?? 1))
  reader.refuse(value, `'${text}' is no amount of memory`, '-m 2G, or a number of MiB')
  return undefined
}

function readCpus(reader: LineReader): Part {
  let part: Part = { cpus: 1 }
  each(reader, ['smp'], 'cpus', (values, option) => {
    const number = (name: string): number | undefined => {
      const text = values.take(name)
      if (text === undefined || /^[1-9]\d{0,4}$/.test(text))
        return text === undefined ? undefined : Number(text)
      reader.refuse(option.value, `'${text}' is no number of ${name}`, '-smp 2')
      return undefined
    }
    const [cpus, maxCpus] = [number('cpus'), number('maxcpus')]
    const said = { sockets: number('sockets'), cores: number('cores'), threads: number('threads') }
    for (const name of ['dies', 'clusters', 'drawers', 'books', 'modules'])
      if ((number(name) ?? 1) !== 1)
        reader.refuse(
          option.value,
          `weft gives a socket no ${name} of its own`,
          'more cores in a socket instead',
        )
    part = topology(cpus, maxCpus, said)
    const most = part.maxCpus === undefined ? '' : `, at most ${String(part.maxCpus)} while it runs`
    reader.taken(option, `${String(part.cpus)} ${part.cpus === 1 ? 'processor' : 'processors'}${most}`)
  })
  return part
}

/** What is left out follows from the rest, cores first, as QEMU has it since 6.2. */
function topology(
  given: number | undefined,
  max: number | undefined,
  said: { readonly [K in keyof CpuTopology]: number | undefined },
): Part {
  const { sockets = 1, threads = 1 } = said
  const product = sockets * (said.cores ?? 1) * threads
  const most =
    max ?? (given === undefined ? product : Math.max(given, said.cores === undefined ? given : product))
  const cpus = given ?? most
  const isSaid = [said.sockets, said.cores, said.threads].some((each) => each !== undefined)
  const cores = said.cores ?? Math.max(1, Math.floor(most / (sockets * threads)))
  return {
    cpus,
    ...(most === cpus ? {} : { maxCpus: most }),
    ...(isSaid ? { topology: { sockets, cores, threads } } : {}),
  }
}

interface MachinePart extends Part {
  /** As `-machine` names them, in the order to try. */
  readonly accelerators: readonly string[]
}

const MACHINE_WORDS =
  /^(usb|vmport|dump-guest-core|mem-merge|kernel[-_]irqchip|smm|hpet|graphics|pflash[01]|memory-backend|sata|pic|pit|smbus|nvdimm|default[-_]bus[-_]bypass[-_]iommu|acpi|isa-serial|rtc|ioapic2|pcie|x-option-roms|auto-kernel-cmdline|aux-ram-share|i8042|suppress-vmdesc|max-ram-below-4g)$/

/** Without a word QEMU takes `pc`. */
function readMachine(reader: LineReader): MachinePart {
  let part: MachinePart = { machine: 'pc', accelerators: [] }
  each(reader, ['machine', 'M'], 'type', (values, option) => {
    const type = values.take('type') ?? 'pc'
    const accelerators = values.take('accel')?.split(':') ?? []
    const machine = machineFamily(type)
    if (machine === undefined)
      reader.refuse(option.value, `machine type '${type}' is not supported`, 'q35, pc or microvm')
    for (const name of ['nvdimm', 'acpi'])
      if (values.takeFlag(name) === (name === 'nvdimm'))
        reader.refuse(option.value, `weft does without '${name}=' of a machine`, 'leave it out to do without')
    values.drop(MACHINE_WORDS)
    part = {
      machine: machine ?? 'q35',
      accelerators,
      ...(type === machine || machine === undefined ? {} : { machineVersion: type }),
    }
    reader.taken(
      option,
      `a ${machine ?? ''} machine${accelerators.length === 0 ? '' : ', as fast as it can'}`,
    )
  })
  return part
}

/** `kvm` is KVM where it truly works, as in domain XML (decision 40). */
function readAccelerator(reader: LineReader, named: readonly string[]): 'auto' | 'tcg' {
  const asked = [...named]
  const options = reader.take('enable-kvm', 'accel', 'no-kvm')
  for (const option of options) {
    if (option.name === 'accel') {
      const values = readValues(option.value, 'accel')
      asked.push(...(values.take('accel') ?? '').split(':'))
      values.drop(
        /^(thread|tb-size|split-wx|one-insn-per-tb|kernel-irqchip|kvm-shadow-mem|dirty-ring-size|notify-vmexit|igd-passthru)$/,
      )
      reader.finish(option, values)
    } else asked.push(option.name === 'no-kvm' ? 'tcg' : 'kvm')
  }
  const strange = asked.find((each) => !['kvm', 'tcg'].includes(each))
  const [place] = options
  if (strange !== undefined && place !== undefined)
    reader.refuse(place.value, `weft has no accelerator '${strange}'`, '-accel kvm or -accel tcg')
  const accelerator = asked.length > 0 && asked.every((each) => each === 'tcg') ? 'tcg' : 'auto'
  for (const option of options)
    reader.taken(option, accelerator === 'tcg' ? 'never KVM' : 'KVM where it works, else TCG')
  return accelerator
}

/** `host` is what a machine has anyway under KVM; without KVM there is no such model. */
function readCpuModel(reader: LineReader, accelerator: 'auto' | 'tcg'): string | undefined {
  let model: string | undefined
  for (const option of reader.take('cpu')) {
    const text = option.value.text
    const isHost = accelerator === 'auto' && /^host(,migratable=\w+)?$/.test(text)
    model = isHost ? undefined : accelerator === 'auto' ? text.replace(/^host,/, 'max,') : text
    reader.taken(
      option,
      isHost
        ? "the host's processor with KVM, and without it the best there is"
        : `processor model ${model ?? ''}`,
    )
  }
  return model
}

function readIdentity(reader: LineReader): Part {
  let part: { name?: string; uuid?: string } = {}
  each(reader, ['name'], 'guest', (values, option) => {
    const name = values.take('guest') ?? ''
    values.drop(/^(process|debug-threads)$/)
    if (name !== '') part = { ...part, name }
    reader.taken(option, `its name`)
  })
  for (const option of reader.take('uuid')) {
    const [uuid] = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.exec(option.value.text.toLowerCase()) ?? []
    if (uuid === undefined)
      reader.refuse(option.value, `'${option.value.text}' is not a UUID`, 'leave it out to get one')
    else part = { ...part, uuid }
    reader.taken(option, 'its UUID')
  }
  return part
}
