/** Networks that start and stop beside firewalls of others, as cases of the laws. */
import { execFileSync } from 'node:child_process'
import type { App } from '../../src/app/ports.ts'
import { DEFAULT } from '../../src/core/network/golden-networks.ts'
import { planNetworkStart } from '../../src/core/network/plan-start.ts'
import { planNetworkStop } from '../../src/core/network/plan-stop.ts'
import type { LawCase } from './law-cases.ts'
import { startDocker } from './docker-like.ts'
import { addHost } from './real-app.ts'

/** One that its author ends with a policy, and one that is ended with a rule. */
export const DROPPING_TABLE = `table inet filter {
  chain input { type filter hook input priority filter; policy drop
    ct state established,related accept
    iifname "lo" accept
    icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept
  }
  chain forward { type filter hook forward priority filter
    ct state established,related accept
    counter reject with icmpx admin-prohibited comment "the rest"
  }
}
`
export function loadDroppingTable(): void {
  execFileSync('nft', ['-f', '-'], { input: DROPPING_TABLE })
}

export const NEIGHBOUR_LAW_CASES: readonly LawCase[] = [
  besideCase('beside Docker', () => {
    startDocker('since 28')
  }),
  besideCase('beside a table of nftables that drops', loadDroppingTable),
]

function besideCase(name: string, load: () => void): LawCase {
  return {
    name,
    prepare() {
      addHost('outside', '192.0.2.1/24', '192.0.2.2/24')
      load()
      return Promise.resolve()
    },
    start: async (app: App) => planNetworkStart(DEFAULT, await app.host.look([DEFAULT.name]), app.facts, []),
    stop: async (app: App) => planNetworkStop(DEFAULT, await app.host.look([DEFAULT.name]), app.facts, []),
  }
}
