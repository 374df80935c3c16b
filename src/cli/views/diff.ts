/** A change as a learner reads it: one heading a subject with a word on what it is, then what went and what came. */
import { formatDuration } from '../../core/size.ts'
import type { HistoryDetailView } from '../../api/views.ts'

/** What each section is, and how a person would look at it by hand. */
const SECTIONS: Readonly<Record<string, readonly [what: string, byHand: string]>> = {
  links: ['network interfaces', 'ip link'],
  bridges: ['bridges and what is plugged into them', 'bridge link'],
  addresses: ['IP addresses', 'ip address'],
  routes: ['where packets go', 'ip route'],
  sysctls: ['kernel settings', 'sysctl'],
  firewall: ['packet filter and NAT', 'nft list ruleset'],
  processes: ['programs weft runs', 'ps'],
}

export function formatDiff(change: HistoryDetailView, hasColour: boolean): string {
  const when = `${change.at.slice(0, 19).replace('T', ' ')} UTC`
  const head = `Change ${String(change.number)}: ${change.title}\n${change.outcome}, by ${change.by}, ${when}, ${formatDuration(change.durationMs)}\n`
  if (change.diff.length === 0) return `${head}\nNothing on this host is different.\n`
  const sections = change.diff.map(({ section, lines }) => {
    const [what, byHand] = SECTIONS[section] ?? [section, '']
    const heading = `${section}: ${what}${byHand === '' ? '' : ` (by hand: ${byHand})`}`
    return `\n${heading}\n${lines.map((line) => `  ${coloured(line, hasColour)}\n`).join('')}`
  })
  return `${head}${sections.join('')}`
}

function coloured(line: string, hasColour: boolean): string {
  const colour = line.startsWith('+') ? 32 : line.startsWith('-') ? 31 : undefined
  return hasColour && colour !== undefined ? `\u001b[${String(colour)}m${line}\u001b[0m` : line
}

/** Headings, and lines that begin with ' ', '-' or '+'. */
export const formatLines = (lines: readonly string[], hasColour: boolean): string =>
  lines.map((line) => (/^[ +-]/.test(line) ? `  ${coloured(line, hasColour)}\n` : `${line}\n`)).join('')
