/** What may be done in which state, and what is said to who tries something else. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actionArgs, endOfQemu, isRestarted, panicArgs, restartDelayMs } from './end-policy.ts'
import { isAllowed, refuseUnlessAllowed, stateOfQemu } from './lifecycle.ts'

test('a refusal says the state and what to type', () => {
  const refusal = (...args: Parameters<typeof refuseUnlessAllowed>): object => {
    try {
      refuseUnlessAllowed(...args)
    } catch (error) {
      const { message, hint } = error as { message: string; hint: string }
      return { message, hint }
    }
    return {}
  }
  assert.deepEqual(refusal('stop', 'web', 'running'), {})
  assert.deepEqual(refusal('stop', 'web', 'paused'), {
    message: "cannot stop machine 'web': it is paused",
    hint: 'weft vm resume web, or weft vm kill web',
  })
  assert.deepEqual(refusal('delete', 'web', 'running'), {
    message: "cannot delete machine 'web': it is running",
    hint: 'weft vm stop web, or weft vm delete web --force',
  })
  assert.deepEqual(refusal('pause', 'web', 'crashed'), {
    message: "cannot pause machine 'web': it is crashed",
    hint: 'weft vm reset web, or weft vm kill web',
  })
})

test('what is saved is started or given up, and not deleted unasked', () => {
  assert.deepEqual(
    (['start', 'discard', 'save', 'resume', 'kill', 'delete'] as const).map((action) =>
      isAllowed(action, 'saved'),
    ),
    [true, true, false, false, false, false],
  )
  assert.throws(
    () => {
      refuseUnlessAllowed('delete', 'web', 'saved')
    },
    { hint: 'weft vm discard web, or weft vm delete web --force' },
  )
})

test("QEMU's words become states, with the reason where the word tells it", () => {
  assert.deepEqual(stateOfQemu('running'), { state: 'running' })
  assert.deepEqual(stateOfQemu('prelaunch'), { state: 'paused' })
  assert.equal(stateOfQemu('io-error').state, 'paused')
  assert.equal(stateOfQemu('guest-panicked').state, 'crashed')
  assert.equal(isAllowed('resume', stateOfQemu('io-error').state), true)
})

test('what QEMU is to do when the guest ends follows from the policy; without one nothing is said', () => {
  assert.deepEqual(actionArgs({}), [])
  assert.deepEqual(panicArgs({}), [])
  const lifecycle = { onPoweroff: 'preserve', onReboot: 'destroy', onCrash: 'preserve' } as const
  assert.deepEqual(actionArgs({ lifecycle }), ['-action', 'shutdown=pause,reboot=shutdown,panic=pause'])
  assert.deepEqual(actionArgs({ lifecycle: { onCrash: 'restart' } }), ['-action', 'panic=shutdown'])
  assert.deepEqual(panicArgs({ lifecycle }), ['-device', 'pvpanic'])
})

test('a new QEMU takes the place of one that ended where the policy for that end says so', () => {
  const restarts = (lifecycle: object, reason: string | undefined): boolean =>
    isRestarted({ lifecycle }, endOfQemu(reason).cause)
  assert.equal(restarts({ onCrash: 'restart' }, undefined), true)
  assert.equal(restarts({ onCrash: 'restart' }, 'guest-panic'), true)
  assert.equal(restarts({ onCrash: 'restart' }, 'guest-shutdown'), false)
  assert.equal(restarts({ onPoweroff: 'restart' }, 'guest-shutdown'), true)
  // Who ends QEMU by a signal or over its monitor means it.
  assert.equal(restarts({ onPoweroff: 'restart', onCrash: 'restart' }, 'host-signal'), false)
  assert.equal(isRestarted({ lifecycle: { onCrash: 'restart' } }, 'unknown'), false)
})

test('it is tried at once, then later and later, up to a minute', () => {
  assert.deepEqual([0, 1, 2, 3, 7, 20].map(restartDelayMs), [0, 1000, 2000, 4000, 60_000, 60_000])
})
