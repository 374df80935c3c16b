/** How long it takes to say what a large lab's file would change: before there is anything of it, and when all of it is there. */
import { call } from '../src/api/client.ts'
import { note } from './summary.ts'
import { median, printTable, short } from './table.ts'
import { startWeft, type Weft } from './weft.ts'

const NETWORKS = 50
const GUESTS = 200
const TIMES = 5

export async function benchLabs(): Promise<void> {
  const weft = await startWeft('labs')
  const fresh = await planTimes(weft)
  const from = performance.now()
  await call(weft.connection, 'applyLab', { body: { text: labText() } })
  const applied = performance.now() - from
  const again = await planTimes(weft)
  await call(weft.connection, 'applyLab', { body: { text: 'name: large' } })
  await weft.stop()
  printTable(
    `A lab of ${String(NETWORKS)} networks and ${String(GUESTS)} machines that are off`,
    ['', 'ms'],
    [
      ['plan, nothing of it is there (median)', short(fresh)],
      ['apply', short(applied)],
      ['plan, all of it is there (median)', short(again)],
    ],
  )
  note('plan of a lab with 50 networks and 200 guests', `${short(Math.max(fresh, again))} ms`, '1000 ms')
}

async function planTimes(weft: Weft): Promise<number> {
  const times: number[] = []
  for (let n = 0; n < TIMES; n += 1) {
    const from = performance.now()
    await call(weft.connection, 'applyLab', { query: { dryRun: true }, body: { text: labText() } })
    times.push(performance.now() - from)
  }
  return median(times)
}

function labText(): string {
  const network = (i: number): string => {
    const subnet = `10.80.${String(i)}`
    const dhcp = `{range: ${subnet}.10-${subnet}.199}`
    return `  - {name: net${String(i)}, address: ${subnet}.1/24, dhcp: ${dhcp}}\n`
  }
  const machine = (i: number): string => {
    const nics = `[net${String(i % NETWORKS)}, net${String((i + 1) % NETWORKS)}]`
    return `  - {name: vm${String(i)}, memory: 64M, started: false, nics: ${nics}}\n`
  }
  const all = (count: number, line: (i: number) => string): string =>
    Array.from({ length: count }, (_, i) => line(i)).join('')
  return `name: large\nnetworks:\n${all(NETWORKS, network)}machines:\n${all(GUESTS, machine)}`
}
