/** What a person sees and types at: screen, serial port, monitors, and the devices behind them. */
import type { VmDefinition } from '../../core/vm/definition.ts'
import type { VideoCard } from '../../core/vm/hardware-spec.ts'
import { given } from '../../libvirt/xml/given.ts'
import type { LineOption, LineReader } from './line-options.ts'
import { readValues } from './option-values.ts'

type Screen = Pick<VmDefinition, 'display' | 'video'>

const CONSOLE = 'weft vm console joins it'
const MONITOR = 'weft has a monitor of its own, and a command for what is typed there'
const SOCKETS = 'weft makes sockets of its own, private to the machine'

/** A machine that says nothing has a window with QEMU: weft's has a screen to look at by VNC. A microvm has no video card for one. */
export function readScreens(reader: LineReader, isMicrovm: boolean): Screen {
  readSerial(reader)
  for (const option of reader.take('monitor', 'qmp', 'qmp-pretty', 'mon')) reader.notNeeded(option, MONITOR)
  const kinds = [...readServers(reader), ...readWindows(reader)]
  const video = readCard(reader)
  for (const option of reader.take('nographic')) {
    reader.taken(option, `no screen; the serial port is its console: ${CONSOLE}`)
    kinds.push('none')
  }
  const seen = kinds.find((kind) => kind !== 'none')
  const isSilent = kinds.length > 0 || isMicrovm || video === 'none'
  const kind = seen ?? (isSilent ? undefined : 'vnc')
  return given({ video, display: kind === undefined ? undefined : { kind } })
}

const CARDS: Readonly<Record<string, VideoCard | 'vga'>> = {
  std: 'vga',
  virtio: 'virtio',
  qxl: 'qxl',
  none: 'none',
  VGA: 'vga',
  'virtio-vga': 'virtio',
  'virtio-gpu': 'virtio',
  'virtio-gpu-pci': 'virtio',
  'qxl-vga': 'qxl',
}

/** A line that has a card by -device says `-vga none` too. */
function readCard(reader: LineReader): VideoCard | undefined {
  let card = 'vga' as VideoCard | 'vga'
  const read = (option: LineOption, text: string): void => {
    const known = Object.hasOwn(CARDS, text) ? CARDS[text] : undefined
    card = known ?? 'vga'
    if (known === undefined) reader.leftOut(option, `weft has no '${text}' card: a standard VGA instead`)
    else reader.taken(option, known === 'none' ? 'no video card' : `a video card, ${known}`)
  }
  for (const option of reader.take('vga')) read(option, option.value.text)
  const driver = /^(VGA|bochs-display|virtio-vga|virtio-gpu(-pci)?|qxl-vga|cirrus-vga|vmware-svga|ramfb)$/
  for (const { option, driver: name } of reader.takeDevices(driver)) read(option, name)
  return card === 'vga' ? undefined : card
}

type Kind = 'vnc' | 'spice' | 'none'

function readServers(reader: LineReader): Kind[] {
  const vnc = reader.take('vnc').map((option): Kind => {
    if (option.value.text === 'none') {
      reader.taken(option, 'no VNC')
      return 'none'
    }
    reader.taken(option, 'VNC, on a socket that only its owner opens and not on an address: weft vm display')
    return 'vnc'
  })
  const spice = reader.take('spice').map((option): Kind => {
    reader.taken(
      option,
      'SPICE, on a socket that only its owner opens and not on an address: weft vm display',
    )
    return 'spice'
  })
  return [...spice, ...vnc]
}

function readWindows(reader: LineReader): Kind[] {
  const window = 'a screen to look at by VNC: weft vm display'
  for (const option of reader.take(
    'full-screen',
    'alt-grab',
    'ctrl-grab',
    'no-quit',
    'no-frame',
    'show-cursor',
  ))
    reader.notNeeded(option, 'whoever shows the screen has a window of their own')
  const old = reader.take('sdl', 'curses').map((option): Kind => {
    reader.taken(option, window)
    return 'vnc'
  })
  const displays = reader.take('display').map((option): Kind => {
    const type = readValues(option.value, 'type').take('type') ?? ''
    if (type === 'none' || type === 'egl-headless') {
      reader.taken(option, 'no window')
      return 'none'
    }
    reader.taken(option, window)
    return type === 'spice-app' ? 'spice' : 'vnc'
  })
  return [...old, ...displays]
}

function readSerial(reader: LineReader): void {
  const ports = reader.take('serial')
  ports.forEach((option, i) => {
    const { text } = option.value
    if (text === 'none' || text === 'null')
      reader.notNeeded(option, `a serial port that nobody joins does no harm`)
    else if (i > 0)
      reader.refuse(option.value, 'weft gives a machine one serial port', 'leave the others out')
    else if (/^(file|udp|tcp|telnet|msmouse|braille|\/dev\/)/.test(text) && !text.startsWith('/dev/pts'))
      reader.leftOut(option, `the serial port leads to weft, and nowhere else: ${CONSOLE}`)
    else reader.taken(option, CONSOLE)
  })
  for (const option of reader.take('parallel'))
    if (option.value.text === 'none') reader.notNeeded(option, 'weft has none')
    else reader.refuse(option.value, 'weft has no parallel port', 'leave it out to do without')
  for (const option of reader.take('chardev')) reader.notNeeded(option, SOCKETS)
  for (const { option } of reader.takeDevices(/^(isa-serial|virtio-serial(-pci|-device)?)$/))
    reader.notNeeded(option, 'every machine has one')
  for (const { option, values } of reader.takeDevices(/^virtserialport$/)) {
    const name = values.take('name') ?? ''
    if (name === 'org.qemu.guest_agent.0')
      reader.taken(option, "every machine has the agent's channel: weft vm exec")
    else if (/^(com\.redhat\.spice|org\.spice-space)/.test(name))
      reader.notNeeded(option, 'it comes with SPICE')
    else
      reader.refuse(option.value, `weft has no channel '${name}'`, "leave it out; weft has the guest agent's")
  }
}
