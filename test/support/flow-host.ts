/** This world as the judge of flows needs it: rules, links and routes as they are now, routes asked of the kernel itself. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { App } from '../../src/app/ports.ts'
import type { FlowHost, RouteAnswer, RouteQuestion } from '../../src/core/host/flow/flow.ts'
import { hostAnswers } from '../../src/core/host/flow/host-answers.ts'
import { readMark } from '../../src/core/host/mark.ts'
import { rulesetOf } from '../../src/core/network/neighbours/legacy-ruleset.ts'
import { listRules } from '../../src/host/list-rules.ts'
import { lookAtNetworks } from '../../src/app/live-network.ts'
import { GUESTS, addressOf, type Guest } from './publish-world.ts'

export async function observeHost(app: App): Promise<FlowHost> {
  const seen = await lookAtNetworks(app, [...new Set(Object.values(GUESTS).map(([network]) => network))])
  const plugs = seen.links.flatMap((link) => {
    const mark = readMark(link.alias)
    return mark?.kind === 'port' && mark.port in GUESTS
      ? [
          {
            bridge: link.master,
            port: link.name,
            address: addressOf(mark.port as Guest),
            mac: macOf(mark.port),
          },
        ]
      : []
  })
  return {
    ruleset: rulesetOf(await listRules()),
    answers: hostAnswers(seen),
    route: askRoute,
    portOf: (bridge, address) => plugs.find((plug) => plug.bridge === bridge && plug.address === address),
    filtersFrames: seen.bridgeFilter.ipv4,
    forwards: () => readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8').trim() === '1',
  }
}

const macOf = (namespace: string): string =>
  execFileSync('ip', ['netns', 'exec', namespace, 'cat', '/sys/class/net/eth0/address'], {
    encoding: 'utf8',
  }).trim()

function askRoute({ destination, source, in: device }: RouteQuestion): RouteAnswer | undefined {
  const from = device === undefined || source === undefined ? [] : ['from', source, 'iif', device]
  try {
    const said = execFileSync('ip', ['-j', 'route', 'get', destination, ...from], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [route] = JSON.parse(said) as { type?: string; dev?: string }[]
    if (route?.type === 'local') return { to: 'this host' }
    return route?.dev === undefined ? undefined : { to: 'device', device: route.dev }
  } catch {
    return { to: 'nowhere' }
  }
}
