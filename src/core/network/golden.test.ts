/** Inputs and outputs side by side in golden/: the definition, the plans as scripts, dnsmasq's files, the firewall. */
import { join } from 'node:path'
import { test } from 'node:test'
import { formatNetworkXml } from '../../libvirt/xml/network.ts'
import { renderPlan } from '../plan/render.ts'
import { formatDnsmasqConf } from './dnsmasq/dnsmasq-conf.ts'
import { hostsLines, namesLines, optionLines } from './dnsmasq/dnsmasq-hosts.ts'
import { othersOf, seenRunning, type GoldenCase } from './golden-case.ts'
import { GOLDEN_CASES } from './golden-cases.ts'
import { isSwitched } from './ips.ts'
import { formatRuleset } from './firewall/nft-ruleset.ts'
import { mtuOf } from './mtu.ts'
import { needsFirewall } from './firewall/plan-firewall.ts'
import { planNetworkStart } from './plan-start.ts'
import { planNetworkStop } from './plan-stop.ts'
import { assertGoldenFolder, NETWORK_FACTS as facts } from '../../../test/support/golden.ts'

function outputs(golden: GoldenCase): Record<string, string> {
  const { wanted, ports, running, about } = golden
  const seen = golden.seen(facts)
  const others = othersOf(golden)
  const started = seenRunning([wanted, ...others], facts)
  const firewall = formatRuleset([wanted, ...others])
  return {
    'about.txt': [`${about}.`, ...before(golden)].join('\n') + '\n',
    'wanted.xml': formatNetworkXml(wanted),
    'start.sh': renderPlan(planNetworkStart(wanted, seen, facts, others)),
    'stop.sh': renderPlan(planNetworkStop(wanted, started, facts, others)),
    ...(running.includes(wanted) || ![wanted, ...others].some(needsFirewall) ? {} : { 'nft.txt': firewall }),
    ...(wanted.ips.length === 0 || !isSwitched(wanted) || running.includes(wanted)
      ? {}
      : {
          'dnsmasq.conf': formatDnsmasqConf(wanted, facts),
          'dnsmasq.hosts': lines(hostsLines(wanted, ports, [])),
          'dnsmasq.names': lines(namesLines(wanted, ports)),
          'dnsmasq.options': lines(optionLines(wanted, mtuOf(wanted, seen))),
        }),
  }
}

function before({ running, disturb }: GoldenCase): string[] {
  return [
    ...(running.length === 0 ? [] : [`Running before: ${running.map(({ name }) => name).join(', ')}.`]),
    ...(disturb.length === 0 ? [] : ['Then somebody ran:', ...disturb.map((argv) => `  ${argv.join(' ')}`)]),
  ]
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('')
}

for (const golden of GOLDEN_CASES) {
  test(`${golden.name}: ${golden.about}`, () => {
    const folder = join(import.meta.dirname, 'golden', golden.name)
    assertGoldenFolder(folder, outputs(golden))
  })
}
