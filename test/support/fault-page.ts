/** docs/reference/faults.md: what was planted, and what the doctor said of it in this very run. */
import type { Fault } from '../../src/core/doctor/check.ts'

export interface Finding {
  readonly plant: string
  readonly fault: Fault
}

const HEAD = `# Faults that the doctor finds

\`weft doctor\` is tested with each of these: a test plants it in a network with two guests, an uplink and a router, asks the doctor, and types what it says until nothing is wrong any
more and the guest reaches the outside again. This page is written by that test (\`WEFT_GOLDEN=write sh scripts/run-node.sh scripts/test.ts kernel doctor\`), with what the doctor really said. The guest is
\`box\` at \`vport0\`, the switch of its network \`lab\` is \`virbr9\`, and \`isp\` is the host's link to its router.

`

const TAIL = `
Tested without a kernel, or with a real machine, since they cannot be planted there: \`machine-paused\`, \`no-carrier\` (the QEMU behind a TAP has gone), \`lossy-queue\` (not every kernel can lose
packets), \`port-blocked\` and \`port-loop\` (STP), \`conntrack-full\` and \`neighbours-full\` (sizes that are the whole machine's), \`way-elsewhere\` (a network that may use one link only), \`reverse-path\`, \`switch-vlans\`, \`guest-silent\` and \`no-lease\`.
`

export function faultPage(findings: readonly Finding[], root: string): string {
  const rows = findings.map(({ plant, fault }) => {
    const { kind, what, culprit, mend, advice } = fault
    const cells = [
      `\`${kind}\``,
      code(withoutNoise(plant)),
      what,
      culprit,
      mend === undefined ? (advice ?? '') : code(mend),
    ]
    return `| ${cells.map((cell) => steady(cell, root)).join(' | ')} |\n`
  })
  const heads = ['kind', 'somebody types', 'the doctor says', 'and blames', 'and tells to try']
  return `${HEAD}| ${heads.join(' | ')} |\n|${' --- |'.repeat(heads.length)}\n${rows.join('')}${TAIL}`
}

const code = (text: string): string => `\`${text}\``

/** What makes a test wait, or go on. */
const withoutNoise = (line: string): string =>
  line.replace(/; sleep [\d.]+$| \|\| true$| > \/dev\/null/g, '').replaceAll('$WEFT_ROOT', '')

/** Numbers that are others each time. */
function steady(text: string, root: string): string {
  return text
    .replaceAll(root, '')
    .replace(/\(pid \d+\)/g, '(pid 812)')
    .replace(/\bkill (-CONT )?\d+/g, 'kill $1812')
    .replace(/handle \d+/g, 'handle 7')
    .replace(/queue tbf 8\w+:/g, 'queue tbf 8001:')
    .replaceAll('|', '\\|')
}
