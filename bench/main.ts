/**
 * Weft beside libvirtd and beside the bare commands, in one run, in turns: `npm run bench [networks|machines|fleet|scale|calls|labs|packets]`.
 * Prints medians and ratios; judges nothing, because a noisy machine must not fail a check.
 */
import { benchCalls } from './calls.ts'
import { benchMachines, benchNetworks, defineNetworks } from './control.ts'
import { benchFleet } from './fleet.ts'
import { benchLabs } from './labs.ts'
import { startLibvirt } from './libvirt.ts'
import { benchPackets } from './packets.ts'
import { benchIdle, benchScale } from './scale.ts'
import { printSummary } from './summary.ts'
import { startWeft } from './weft.ts'
import { enterWorld, isInside } from './world.ts'
import { prepareLibvirtd } from '../test/support/libvirtd-room.ts'

const MANY = 300

async function main(wanted: readonly string[]): Promise<number> {
  if (process.getuid?.() !== 0) {
    process.stderr.write('the benchmark needs root: it makes network namespaces\n')
    return 1
  }
  const wants = (part: string): boolean => wanted.length === 0 || wanted.includes(part)
  const isControl = ['networks', 'machines', 'fleet', 'scale', 'calls'].some(wants)
  if (!isInside()) {
    // In there is no network to fetch it by.
    if (isControl) await prepareLibvirtd()
    return enterWorld(new URL(import.meta.url).pathname, wanted)
  }
  if (isControl) await benchControl(wants)
  if (wants('labs')) await benchLabs()
  if (wants('packets')) {
    const weft = await startWeft('packets')
    await defineNetworks(weft, MANY)
    await benchPackets(weft, 'packets', MANY)
    await weft.stop()
  }
  printSummary()
  return 0
}

async function benchControl(wants: (part: string) => boolean): Promise<void> {
  const libvirt = await startLibvirt()
  const weft = await startWeft('weft')
  await benchIdle(weft)
  if (wants('networks') || wants('machines') || wants('fleet')) await benchNetworks(libvirt, weft, 15)
  if (wants('machines')) await benchMachines(libvirt, weft, 9)
  if (wants('fleet')) await benchFleet(libvirt, weft)
  if (wants('calls')) await benchCalls(libvirt, weft)
  if (wants('scale')) await benchScale(libvirt, weft, MANY)
  await weft.stop()
  libvirt.stop()
}

process.exitCode = await main(process.argv.slice(2))
