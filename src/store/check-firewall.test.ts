/** A firewall in a network's file. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GUARDED } from '../core/network/guard/golden-guards.ts'
import { checkStoredNetwork } from './check-network.ts'

test('what is stored is read again, and nonsense is not', () => {
  const stored = (spec: unknown): unknown => JSON.parse(JSON.stringify({ autostart: false, spec }))
  assert.deepEqual(checkStoredNetwork(stored(GUARDED)).spec, GUARDED)
  const broken = { ...GUARDED, firewall: { ...GUARDED.firewall, rules: [{ verdict: 'maybe' }] } }
  assert.throws(
    () => checkStoredNetwork(stored(broken)),
    /'spec\.firewall\.rules\[0\]\.verdict' must be allow or deny/,
  )
})
