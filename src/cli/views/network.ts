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
  const head = [facts, conditions, formatDrift(network)].join('')
  return network.ports.length === 0 ? head : `${head}\n${formatPorts(network.ports, options)}`
}

function formatDrift({ name, drift }: NetworkView): string {
  if (drift.length === 0) return ''
  const steps = drift.map(({ reason, command }) => `# ${reason}\n${command}\n`.replace(/^(?=.)/gm, '  '))
  return `\n'weft net repair ${name}' would run:\n${steps.join('')}`
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
