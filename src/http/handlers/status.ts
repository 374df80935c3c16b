/** How weftd is, over HTTP. */
import { WEFT_VERSION } from '../../api/version.ts'
import { foreignFirewalls, listNetworks } from '../../app/network-state.ts'
import { listVms } from '../../app/vm-state.ts'
import type { Condition } from '../../app/conditions.ts'
import type { HostFacts } from '../../core/host/facts.ts'
import { PROGRAMS } from '../../core/host/facts.ts'
import type { Handlers } from '../handler.ts'

export const statusHandlers = {
  status: async ({ app }) => {
    const looks = [listNetworks(app), app.host.acceleration(), foreignFirewalls(app)] as const
    const [networks, acceleration, foreign] = await Promise.all(looks)
    const vms = listVms(app)
    return {
      version: WEFT_VERSION,
      root: rootOf(app.facts),
      pid: process.pid,
      accelerator: acceleration.kind,
      acceleratorBecause: acceleration.because,
      networks: {
        active: networks.filter(({ isActive }) => isActive).length,
        defined: networks.filter(({ isPersistent }) => isPersistent).length,
      },
      vms: { running: vms.filter(({ state }) => state === 'running').length, defined: vms.length },
      conditions: [...missingPrograms(app.facts), ...app.conditions.list().map(sentence), ...foreign],
    }
  },
} as const satisfies Handlers<'status'>

const sentence = ({ network, message }: Condition): string =>
  network === null ? message : `network '${network}': ${message}`

const rootOf = ({ paths }: HostFacts): string => paths.etc.slice(0, -'/etc/weft'.length) || '/'

function missingPrograms({ programs }: HostFacts): string[] {
  return (Object.keys(PROGRAMS) as (keyof typeof PROGRAMS)[])
    .filter((name) => programs[name] === undefined)
    .map((name) => `'${name}' is not installed: apt-get install ${PROGRAMS[name]}`)
}
