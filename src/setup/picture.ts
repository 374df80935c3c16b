/** The network as a text picture, from the outside down to each machine, in at most 80 columns. */
import type { NetworkView, PortView } from '../api/views.ts'

export interface Outside {
  /** From far to near: `outside.example 198.51.100.80`, `router 192.0.2.1`. */
  readonly hops: readonly { readonly name: string; readonly address: string }[]
  /** The interface through which this host reaches them, with its address. */
  readonly uplink: { readonly name: string; readonly address: string } | undefined
}

const BOX_WIDTH = 44

/** One line a row, no trailing newline. */
export function renderPicture(outside: Outside, networks: readonly NetworkView[]): string {
  const { hops, uplink } = outside
  const above =
    uplink === undefined ? [] : hops.flatMap((hop) => [`   ${hop.name}  ${hop.address}`.trimEnd(), '    │'])
  const isJoined = above.length > 0
  const uplinkRows = uplink === undefined ? [] : [row(`  ${uplink.name}  ${uplink.address}`)]
  return [
    ...above,
    `┌───${isJoined ? '┴' : '─'}─ this host ${'─'.repeat(BOX_WIDTH - 16)}┐`,
    ...uplinkRows,
    ...networks.flatMap((network) => networkRows(network, uplink !== undefined)),
    `└${'─'.repeat(BOX_WIDTH)}┘`,
  ].join('\n')
}

function networkRows(network: NetworkView, hasUplink: boolean): string[] {
  const way =
    network.mode === 'nat' && hasUplink
      ? ['   │', "   │ NAT: guests go out with this host's", '   │ address; nobody comes in']
      : ['', `  ${network.mode}: no way out`]
  const bridge = `  ${network.bridge}  ${network.address ?? 'no address'}  (${network.name})`
  return [...way.map(row), row(bridge), ...network.ports.map((port, index) => portRow(network, port, index))]
}

/** A port crosses the wall of the box: the machine is a computer of its own. */
function portRow(network: NetworkView, port: PortView, index: number): string {
  const corner = index === network.ports.length - 1 ? '└' : '├'
  const start = `   ${corner}── ${port.interface} `
  const guest = port.name ?? port.owner
  return `│${start}${'─'.repeat(BOX_WIDTH - start.length)}┼── ${guest}  ${port.ip ?? '(no address yet)'}`
}

function row(text: string): string {
  const cut = text.length > BOX_WIDTH ? `${text.slice(0, BOX_WIDTH - 1)}…` : text
  return `│${cut.padEnd(BOX_WIDTH)}│`
}
