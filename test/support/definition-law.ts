/** What holds for every text given as a network's definition. */
import assert from 'node:assert/strict'
import type { InterfaceName } from '../../src/core/address/interface-name.ts'
import type { MacAddress } from '../../src/core/address/mac.ts'
import { WeftError } from '../../src/core/errors.ts'
import { completeNetwork, type NetworkDraft } from '../../src/core/network/draft.ts'
import { seenRunning } from '../../src/core/network/golden-case.ts'
import { planNetworkStart } from '../../src/core/network/plan-start.ts'
import { networkProblems } from '../../src/core/network/problems/problems.ts'
import type { NetworkSpec } from '../../src/core/network/spec.ts'
import { renderPlan } from '../../src/core/plan/render.ts'
import { formatNetwork, readNetworkDefinition, type DefinitionFormat } from '../../src/definition/network.ts'
import { NETWORK_FACTS as facts } from './golden.ts'

const FORMATS: readonly DefinitionFormat[] = ['xml', 'yaml', 'json']
/** Of wall-clock time on a busy machine; what hangs takes minutes or for ever. */
const LIMIT_MS = 20_000

/** Read, or refused with a place; what is accepted means the same in every spelling, and a plan can be made of it. */
export async function assertReadable(text: string): Promise<void> {
  const from = performance.now()
  const draft = await readOrRefuse(text)
  if (draft !== undefined) {
    const spec = completed(draft)
    // What is refused here is refused as the definition is stored, with its place.
    if (networkProblems(spec, []).length === 0) await assertSound(spec)
  }
  assert.ok(performance.now() - from < LIMIT_MS, 'took too long')
}

async function readOrRefuse(text: string): Promise<NetworkDraft | undefined> {
  try {
    return await readNetworkDefinition(text)
  } catch (error) {
    if (!(error instanceof WeftError)) throw error
    assert.equal(error.code, 'invalid-definition')
    assert.ok(error.problems.length > 0, 'a refusal says why')
    const lines = text.split(/\r\n?|\n/).length
    for (const { line = 0, column = 0, message } of error.problems)
      assert.ok(
        line >= 1 && line <= lines && column >= 1,
        `${message} is at ${String(line)}:${String(column)}`,
      )
    return undefined
  }
}

function completed(draft: NetworkDraft): NetworkSpec {
  const bridgeName = (draft.bridge?.name ?? 'virbr0').replace('%d', '0') as InterfaceName
  const uuid = '927f4393-3e4e-4a94-9e42-67c4ebe45555'
  return completeNetwork(draft, { uuid, mac: '52:54:00:00:00:01' as MacAddress, bridgeName })
}

async function assertSound(spec: NetworkSpec): Promise<void> {
  for (const format of FORMATS) {
    const text = await formatNetwork(spec, format)
    assert.deepEqual(completed(await readNetworkDefinition(text, { format })), spec, format)
    assert.equal(await formatNetwork(completed(await readNetworkDefinition(text, { format })), format), text)
  }
  const script = renderPlan(planNetworkStart(spec, seenRunning([], facts), facts, []))
  assert.ok(script.startsWith('#'), 'the plan can be printed')
  // dnsmasq, nft and /etc/hosts are told of values line by line.
  assert.doesNotMatch(JSON.stringify({ ...spec, kept: [] }), /\[nr]|\u0000/)
}
