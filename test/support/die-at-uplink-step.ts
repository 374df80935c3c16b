/** A weftd that is killed with SIGKILL around a step of a bridge over the NIC, or of its way back: `die-at-uplink-step.ts ROOT add|remove STEP before|amid|after WORDS`, which are those of another address, in JSON. */
import { addHostBridge, removeHostBridge } from '../../src/app/host-bridge.ts'
import type { AddressWords } from '../../src/core/host/uplink/wanted-address.ts'
import type { App } from '../../src/app/ports.ts'
import { openRealApp } from './real-app.ts'
import { NIC } from './uplink-world.ts'

/** Long enough for what a step starts to be under way. */
const AMID_MS = 150

async function main([
  root = '',
  which = '',
  step = '',
  when = '',
  words = '{}',
]: readonly string[]): Promise<void> {
  const { app } = openRealApp(root)
  let performed = 0
  const perform: App['host']['perform'] = async (action) => {
    const isLast = performed++ === Number(step)
    if (isLast && when === 'before') await die()
    if (isLast && when === 'amid') setTimeout(() => void die(), AMID_MS)
    await app.host.perform(action)
    if (isLast) await die()
  }
  const mortal = { ...app, host: { ...app.host, perform } }
  const [request, confirmWithin] = [{ by: 'test', dryRun: false }, 600]
  await (which === 'add'
    ? addHostBridge(
        mortal,
        { bridge: 'br0', uplink: NIC, confirmWithin, ...(JSON.parse(words) as AddressWords) },
        request,
      )
    : removeHostBridge(mortal, 'br0', { confirmWithin }, request))
}

function die(): Promise<void> {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => undefined)
}

void main(process.argv.slice(2))
