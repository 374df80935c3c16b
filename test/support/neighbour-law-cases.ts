/** Networks that start and stop beside firewalls of others, as cases of the laws. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { App } from '../../src/app/ports.ts'
import type { Step } from '../../src/core/plan/plan.ts'
import { BOTH } from '../../src/core/network/golden-networks.ts'
import { planNetworkStart } from '../../src/core/network/plan-start.ts'
import { planNetworkStop } from '../../src/core/network/plan-stop.ts'
import type { LawCase } from './law-cases.ts'
import { iptables, savedRules, startDocker } from './docker-like.ts'
import { openNeighbours, startFirewalld, type Neighbours } from './neighbour-rooms.ts'
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
  {
    ...besideCase('beside the old tables of both families', loadLegacy),
    look: () => ({ 'old tables': linesOf(savedRules('legacy')) }),
  },
  besideCase('beside a table of nftables that drops', loadDroppingTable),
]

/** As ufw and firewalld are in the distribution. A call takes each of them half a second: files of their own, and only their steps. */
export const FIREWALL_LAW_CASES: readonly LawCase[] = [
  {
    ...besideCase('beside ufw', async () => {
      await (await neighbours()).ask('ufw', '--force', 'enable')
    }),
    trying: asks('ufw'),
    look: ({ firewall = [] }) => ({
      firewall: firewall.filter((line) => !/^ *counter (reject|accept)$/.test(line)),
      ufw: ['user', 'user6'].flatMap((name) => linesOf(readFileSync(`/etc/ufw/${name}.rules`, 'utf8'))),
      // Two rules that it makes with its first one of IPv6, and keeps.
      iptables: linesOf(savedRules('nft')).filter((line) => !line.includes('ufw6-user-limit')),
    }),
  },
  {
    ...besideCase('beside firewalld', async () => {
      await startFirewalld(await neighbours())
    }),
    trying: asks('firewall-cmd'),
    // Chains of a zone that nobody is in any more stay until it reads its files again; its policies are in no order.
    look: () => {
      const table = execFileSync('nft', ['list', 'table', 'inet', 'firewalld'], { encoding: 'utf8' })
      const used = table.replace(/^\tchain \S*weft\S* \{\n[\s\S]*?^\t\}\n/gm, '')
      const files = execFileSync('find', ['/etc/firewalld', '-type', 'f'], { encoding: 'utf8' })
      return { firewall: [], firewalld: linesOf(used).sort(), 'its files': linesOf(files).sort() }
    },
  },
]

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '')

let opened: Promise<Neighbours> | undefined
const neighbours = (): Promise<Neighbours> => (opened ??= openNeighbours())

function loadLegacy(): void {
  startDocker('since 28', 'legacy')
  for (const family of ['', '6'] as const) {
    for (const rule of ['-A INPUT -i lo -j ACCEPT', '-P INPUT DROP']) iptables('legacy', rule, family)
  }
}

function asks(program: string): (step: Step) => boolean {
  return ({ do: action }) => action.kind === 'run' && action.argv[0] === program
}

function besideCase(name: string, load: () => Promise<void> | void): LawCase {
  return {
    name,
    async prepare() {
      addHost('outside', '192.0.2.1/24', '192.0.2.2/24')
      await load()
    },
    start: async (app: App) => planNetworkStart(BOTH, await app.host.look([BOTH.name]), app.facts, []),
    stop: async (app: App) => planNetworkStop(BOTH, await app.host.look([BOTH.name]), app.facts, []),
  }
}
