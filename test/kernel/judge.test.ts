/** The judge's verdict beside the kernel's: real packets through weft's networks, with rule sets of others as those others make them. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { answerTo, judgeFlow, type FlowHost } from '../../src/core/host/flow/flow.ts'
import { ownerOf } from '../../src/core/host/ruleset/owner.ts'
import type { Packet, RuleRef } from '../../src/core/host/ruleset/ruleset.ts'
import { addNetworkRule, removeNetworkRule } from '../../src/app/firewall.ts'
import { unpublish } from '../../src/app/publish.ts'
import {
  addressOf,
  BY,
  closePublishWorld,
  FAR,
  GUESTS,
  openPublishWorld,
  OUTSIDE,
  publishPorts,
  SERVED,
  UPLINK,
  type Guest,
} from '../support/publish-world.ts'
import { run } from '../support/real-app.ts'
import type { World } from '../support/reach-world.ts'
import { askAll, HOST, portOf, witnessIn, type Question } from '../support/witnesses.ts'
import { FOREIGN_SETS } from '../support/foreign-sets.ts'
import { observeHost } from '../support/flow-host.ts'

let world: World

before(async () => {
  world = await openPublishWorld()
  // Outside knows the way to all of them: what keeps it out are rules.
  run('ip', '-n', OUTSIDE, 'route', 'add', '10.9.0.0/16', 'via', UPLINK.v4)
})

after(() => closePublishWorld(world))

interface Ask {
  readonly from: string
  readonly source: string
  readonly to: string
  readonly of: string
  readonly how: 'ping' | 'tcp' | 'udp'
  readonly port: number
}

const NAMES = Object.keys(GUESTS) as Guest[]

/** Everybody asks everybody, and the published port of this host. */
function asks(): Ask[] {
  const ends: readonly (readonly [string, string])[] = [
    ...NAMES.map((name) => [name, addressOf(name)] as const),
    [OUTSIDE, FAR.v4],
    [HOST, UPLINK.v4],
  ]
  return ends.flatMap(([from, source]) =>
    ends
      .filter(([to]) => to !== from)
      .flatMap(([of, to]) => {
        const port = portOf(witnessIn(world.witnesses, from))
        const all = (['ping', 'tcp', 'udp'] as const).map((how) => ({
          ...{ from, source, of, how, port },
          // Under which address it answers, whatever it was asked at.
          to: of === HOST ? gatewayOf(from) : to,
        }))
        const published =
          of === HOST ? [{ from, source, to, of: 'web', how: 'tcp', port: 8080 } as const] : []
        return [...all, ...published]
      }),
  )
}

const gatewayOf = (from: string): string =>
  from === OUTSIDE ? UPLINK.v4 : `10.9.${String(GUESTS[from as Guest][1])}.1`

const keyOf = ({ from, to, how, port }: Ask): string =>
  `${from} ${how} ${to}${port === 8080 ? ' published' : ''}`

async function kernelSays(questions: readonly Ask[]): Promise<Map<string, string>> {
  const asked = questions.map((ask): Question => {
    const { from, to, of, how, port } = ask
    return { key: keyOf(ask), from, to, of, how, port, size: 100 + witnessIn(world.witnesses, from).number }
  })
  const verdicts = await askAll(world.witnesses, asked)
  // Refusals have many names.
  return new Map([...verdicts].map(([key, { word }]) => [key, word.endsWith('UNREACH') ? 'reject' : word]))
}

function packetOf(ask: Ask, host: FlowHost): Packet {
  const protocol = ask.how === 'ping' ? 'icmp' : ask.how
  const ports = ask.how === 'ping' ? {} : { sourcePort: 40_000, destinationPort: ask.port }
  const isOwn = ask.from === HOST
  const back = host.route({ family: 'ip', destination: ask.source })
  const way = isOwn || back?.to !== 'device' ? {} : { in: back.device }
  return { family: 'ip', source: ask.source, destination: ask.to, protocol, ...ports, ...way, state: 'new' }
}

interface Judged {
  readonly word: string
  readonly decisive: RuleRef | undefined
}

function judged(ask: Ask, host: FlowHost): Judged {
  const before = packetOf(ask, host)
  const way = host.route({ family: 'ip', destination: ask.to })
  const own = way?.to === 'device' ? host.answers.addressOf?.(way.device, 'ip') : ask.to
  const packet = ask.from === HOST ? { ...before, source: own } : before
  const flow = judgeFlow(host, packet)
  const decisive = flow.hops.at(-1)?.judgement.decisive
  if (flow.verdict !== 'accept') return { word: flow.verdict, decisive }
  const answer = answerTo(packet, flow)
  if (answer === undefined) return { word: 'unknown', decisive }
  const back = judgeFlow(host, answer)
  const word = back.verdict === 'accept' ? 'allow' : back.verdict === 'drop' ? 'oneway' : back.verdict
  return { word, decisive: back.hops.at(-1)?.judgement.decisive }
}

/** Where they differ the kernel is asked again: the machine may have been busy. */
async function compare(): Promise<{ readonly told: number; readonly differing: readonly string[] }> {
  const host = await observeHost(world.real.app)
  const questions = asks()
  const words = new Map(questions.map((ask) => [keyOf(ask), judged(ask, host)]))
  let left = questions.filter((ask) => words.get(keyOf(ask))?.word !== 'unknown')
  const told = left.length
  let said: string[] = []
  for (let tries = 0; tries < 3 && left.length > 0; tries++) {
    const kernel = await kernelSays(left)
    left = left.filter((ask) => kernel.get(keyOf(ask)) !== words.get(keyOf(ask))?.word)
    said = left.map((ask) => {
      const { word, decisive } = words.get(keyOf(ask)) ?? { word: '', decisive: undefined }
      const rule = decisive === undefined ? '' : `${decisive.table} ${decisive.chain}: ${decisive.text}`
      return `${keyOf(ask)}: the kernel ${String(kernel.get(keyOf(ask)))}, the judge ${word} (${rule})`
    })
  }
  return { told, differing: left.length === 0 ? [] : said }
}

const FEW_UNKNOWN = 0.9

test('with weft’s own rules, and a published port', async () => {
  await publishPorts(world, 'web', `8080:${String(SERVED)}`)
  const { told, differing } = await compare()
  assert.deepEqual(differing, [])
  assert.equal(told, asks().length, 'nothing of weft’s own is unknown to the judge')
})

test('with rules of a network on its bridge', async () => {
  const rules = ['deny in tcp from 10.9.0.12', 'deny out udp to 192.0.2.0/24', 'deny in udp']
  for (const rule of rules) await addNetworkRule(world.real.app, 'lab', { guest: 'web', rule }, BY)
  const { told, differing } = await compare()
  for (const rule of rules) await removeNetworkRule(world.real.app, 'lab', { guest: 'web', which: rule }, BY)
  assert.deepEqual(differing, [])
  assert.ok(told > asks().length * FEW_UNKNOWN)
})

for (const [name, { load, unload, owner, known = FEW_UNKNOWN }] of Object.entries(FOREIGN_SETS))
  test(`beside ${name}`, async () => {
    execFileSync('sh', ['-ec', load], { stdio: ['ignore', 'ignore', 'inherit'] })
    try {
      const { told, differing } = await compare()
      assert.deepEqual(differing, [])
      assert.ok(told > asks().length * known, `${String(told)} of ${String(asks().length)} told`)
      await sameOwner(owner)
    } finally {
      execFileSync('sh', ['-ec', unload])
    }
  })

/** The first packet from outside that somebody stops is stopped by the one that was loaded. */
async function sameOwner(owner: string): Promise<void> {
  const host = await observeHost(world.real.app)
  const stopped = asks()
    .filter(({ from, to }) => from === 'web' && to === FAR.v4)
    .map((ask) => judgeFlow(host, packetOf(ask, host)))
    .find(({ verdict }) => verdict === 'drop' || verdict === 'reject')
  const last = stopped?.hops.at(-1)?.judgement
  assert.ok(last?.decisive)
  assert.equal(ownerOf(last.decisive, { path: last.path, ruleset: host.ruleset }).who, owner)
}

test('afterwards all is as before', async () => {
  await unpublish(world.real.app, 'web', [], BY)
  assert.deepEqual(
    (await compare()).differing.filter((line) => !line.includes('published')),
    [],
  )
})
