/** Who listens on this host's ports: /proc/net/tcp and its kin, read. */

export interface Listener {
  readonly protocol: 'tcp' | 'udp'
  /** Absent: at every address. */
  readonly address?: string
  readonly port: number
  /** By which the process that holds it is found. */
  readonly inode: string
}

export interface NamedListener extends Listener {
  /** `'nginx' (pid 812)`; the kernel itself where no process has it. */
  readonly holder: string
}

/** proc_net(5): TCP that listens is in state 0A, UDP that is connected to nobody in state 07. */
export function parseListeners(text: string, protocol: Listener['protocol']): Listener[] {
  const state = protocol === 'tcp' ? '0A' : '07'
  return text
    .split('\n')
    .slice(1)
    .flatMap((line): Listener[] => {
      const fields = line.trim().split(/\s+/)
      const [hex = '', port] = (fields[1] ?? '').split(':')
      if (port === undefined || fields[3] !== state) return []
      const isAny = /^0+$/.test(hex)
      const address = isAny ? {} : { address: readAddress(hex) }
      return [{ protocol, ...address, port: Number.parseInt(port, 16), inode: fields[9] ?? '' }]
    })
}

/** Words of four bytes, each as the processor has it: the last byte first on those that weft runs on. */
function readAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse())
  const last = bytes.slice(-4).map((byte) => String(Number.parseInt(byte, 16)))
  if (bytes.length === 4 || bytes.slice(0, 12).join('') === '00000000000000000000ffff'.toUpperCase())
    return last.join('.')
  const words = Array.from({ length: 8 }, (_, i) =>
    bytes
      .slice(2 * i, 2 * i + 2)
      .join('')
      .toLowerCase(),
  )
  return words.map((word) => word.replace(/^0{1,3}/, '')).join(':')
}
