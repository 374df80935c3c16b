/**
 * What stock libvirt 9.0 makes of network XML: NAME.in.xml was given to net-define, NAME.out.xml is what net-dumpxml --inactive then
 * printed. weft makes the same of it.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { InterfaceName } from '../../core/address/interface-name.ts'
import type { MacAddress } from '../../core/address/mac.ts'
import { completeNetwork } from '../../core/network/draft.ts'
import { networkProblems } from '../../core/network/problems/problems.ts'
import type { NetworkSpec } from '../../core/network/spec.ts'
import { formatNetworkXml, parseNetworkXml } from './network.ts'

const folder = join(import.meta.dirname, 'corpus')
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

/** What libvirt chose at random is taken over. */
async function define(xml: string, dumped: string): Promise<NetworkSpec> {
  const result = await parseNetworkXml(xml)
  if ('problems' in result) assert.fail(JSON.stringify(result.problems))
  const { draft } = result
  const uuid = /<uuid>(.*)<\/uuid>/.exec(dumped)?.[1] ?? ''
  const mac = (/<mac address='(.*)'\/>/.exec(dumped)?.[1] ?? '') as MacAddress
  const bridgeName = (/<bridge name='([^']*)'/.exec(dumped)?.[1] ?? '') as InterfaceName
  return completeNetwork(draft, { uuid, mac, bridgeName })
}

for (const file of readdirSync(folder).filter((each) => each.endsWith('.in.xml'))) {
  const name = file.replace('.in.xml', '')
  test(`${name}: define and dump as libvirt does, and once more`, async () => {
    const dumped = read(`${name}.out.xml`)
    const spec = await define(read(file), dumped)
    assert.equal(formatNetworkXml(spec), dumped)
    assert.deepEqual(await define(dumped, dumped), spec)
    assert.deepEqual(networkProblems(spec, []), [])
  })
}
