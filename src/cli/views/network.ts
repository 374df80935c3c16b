/** One network for people. */
import type { NetworkView, PortView } from '../../api/views.ts'
import { formatFacts, formatTable, yesNo } from './table.ts'
import type { TableOptions } from './table.ts'

export function formatNetwork(network: NetworkView, options: TableOptions): string {
  const facts = formatFacts([
    ['Name', network.name],
    ['UUID', network.uuid],
    ['State', network.state],
    ['Autostart', yesNo(network.autostart)],
    ['Persistent', yesNo(network.persistent)],
    ['Mode', network.mode],
    ['Bridge', network.bridge ?? '-'],
    ['Address', network.address ?? '-'],
  ])
  const conditions = network.conditions.map((sentence) => `\n! ${sentence}\n`).join('')
  return network.ports.length === 0
    ? facts + conditions
    : `${facts}${conditions}\n${formatPorts(network.ports, options)}`
}

export function formatPorts(ports: readonly PortView[], options: TableOptions): string {
  return formatTable(
    ['Interface', 'Whose', 'Address', 'MAC', 'State'],
    ports.map((port) => [
      port.interface,
      port.owner,
      port.ip ?? '-',
      port.mac ?? '-',
      port.link === 'down' ? 'link down' : (port.state ?? '-'),
    ]),
    options,
  )
}
