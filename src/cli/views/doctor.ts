/** What the doctor found: a line for each stage of each way, and at the end of a sick one the culprit and what to try. */
import type {
  DoctorFaultView,
  DoctorStageView,
  DoctorView,
  DoctorWayView,
} from '../../api/doctor-contract.ts'
import { wrap } from './help.ts'

const WIDTH = 79
const GREEN = 32
const RED = 31

export function formatDoctor({ ways, isHealthy }: DoctorView, hasColour: boolean): string {
  const colour = (code: number, text: string): string =>
    hasColour ? `\u001b[${String(code)}m${text}\u001b[0m` : text
  // Asked about one guest, all of its way; of everything, healthy ones in a line or two.
  const isWhole = ways.some(({ of }) => of !== 'guest')
  const parts = ways.map((way) =>
    isWhole && way.isHealthy && way.of === 'guest' ? formatShort(way, colour) : formatWay(way, colour),
  )
  const sick = ways.filter((way) => !way.isHealthy).length
  const end = isHealthy
    ? 'Nothing is wrong.'
    : `${sick === 1 ? 'One thing is' : `${String(sick)} things are`} wrong.`
  return `${parts.join('\n')}\n${end}\n`
}

type Colour = (code: number, text: string) => string

function titleOf({ of, name, network, interface: end }: DoctorWayView): string {
  if (of === 'host') return name
  if (of === 'network') return `network ${name}`
  return `${name} on network ${network ?? '?'}${end === null ? '' : `, at ${end}`}`
}

function formatShort(way: DoctorWayView, colour: Colour): string {
  return `${colour(GREEN, '✓')} ${titleOf(way)}\n`
}

function formatWay(way: DoctorWayView, colour: Colour): string {
  const width = Math.max(...way.stages.map(({ stage }) => stage.length))
  return `${titleOf(way)}\n${way.stages.map((stage) => formatStage(stage, width, colour)).join('')}`
}

function formatStage({ stage, text, fault }: DoctorStageView, width: number, colour: Colour): string {
  const sign = fault === null ? colour(GREEN, '✓') : colour(RED, '✗')
  const line = `  ${sign} ${stage.padEnd(width)}  ${hung(text, width + 6)}\n`
  return fault === null ? line : line + formatFault(fault)
}

const hung = (text: string, indent: number): string =>
  wrap(text, WIDTH - indent)
    .split('\n')
    .join(`\n${' '.repeat(indent)}`)

/** A command is not broken: it is there to be typed. */
function formatFault({ culprit, by, mend, advice }: DoctorFaultView): string {
  const line = (label: string, text: string): string => `    ${label.padEnd(8)} ${text}\n`
  return [
    line('culprit', hung(culprit, 13)),
    ...(by === null ? [] : [line('by', hung(by, 13))]),
    ...(mend === null ? [] : [line('try', mend)]),
    ...(advice === null ? [] : [line('try', hung(advice, 13))]),
  ].join('')
}
