/** Firewalls of others: each with where it drops, and what weft has asked of it; then what is stopped all the same. */
import type { NeighboursView, NeighbourView } from '../../api/neighbour-contract.ts'

export function formatNeighbours({ neighbours, stopped }: NeighboursView): string {
  if (neighbours.length === 0) return 'No other firewall is in the way\n'
  const width = Math.max(...neighbours.map(({ name }) => name.length)) + 3
  const each = neighbours.map((neighbour) => {
    const lines = linesOf(neighbour)
    return ` ${neighbour.name.padEnd(width - 1)}${lines.join(`\n${' '.repeat(width)}`)}\n`
  })
  const flows = stopped.map(
    ({ network, flow, rule, owner }) => `! ${network}: not so: ${flow}\n  stopped by ${owner}, ${rule}\n`,
  )
  return [each.join('\n'), ...(flows.length === 0 ? [] : [flows.join('')])].join('\n')
}

function linesOf({ drops, asked, refuses, isLeft }: NeighbourView): string[] {
  const stops = drops.length === 0 ? ['drops nothing of guests'] : drops.map((where) => `drops: ${where}`)
  const rules = asked.map(({ network, rule }) => `asked for ${network}: ${rule}`)
  return [
    ...stops,
    ...refuses.map((rule) => `refuses, and weft leaves it so: ${rule}`),
    ...rules,
    ...(isLeft ? ['nothing is asked of it: you said so'] : []),
  ]
}
