/** Short commands: their ends, limits, and errors one can act on. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WeftError } from '../core/errors.ts'
import { commandLine } from './process-table.ts'
import { runCommand } from './run-command.ts'

test('input goes in, output comes out, in the C locale', async () => {
  const { stdout } = await runCommand(['sh', '-c', 'cat; printf %s "$LC_ALL"'], { stdin: 'grüße\n' })
  assert.equal(stdout, 'grüße\nC')
})

test('a failure keeps the line, what it said and how it ended', async () => {
  await assert.rejects(runCommand(['sh', '-c', 'echo no luck >&2; exit 3']), (error: WeftError) => {
    assert.equal(error.code, 'command-failed')
    assert.deepEqual(error.details, [
      ['ran', "sh -c 'echo no luck >&2; exit 3'"],
      ['it said', 'no luck'],
    ])
    return true
  })
  await assert.rejects(runCommand(['false']), (error: WeftError) => error.details[1]?.[1] === 'exit code 1')
  await assert.rejects(
    runCommand(['sh', '-c', 'kill -9 $$']),
    (error: WeftError) => error.details[1]?.[1].includes('SIGKILL') === true,
  )
})

test('accepted exit codes are no failure', async () => {
  assert.equal((await runCommand(['sh', '-c', 'exit 3'], { accept: [3] })).exitCode, 3)
})

test('a missing program names the package that has it', async () => {
  await assert.rejects(runCommand(['weft-no-such-program']), { code: 'missing-program' })
  const path = process.env['PATH']
  process.env['PATH'] = '/nonexistent'
  try {
    await assert.rejects(runCommand(['/nonexistent/nft', 'list', 'ruleset']), {
      code: 'missing-program',
      message: "'nft' is not installed",
      hint: 'apt-get install nftables',
    })
  } finally {
    process.env['PATH'] = path
  }
})

test('a full disk and a missing right are told apart', async () => {
  const says = (text: string) => runCommand(['sh', '-c', `echo '${text}' >&2; exit 1`])
  await assert.rejects(says('qemu-img: error: No space left on device'), { code: 'no-space' })
  await assert.rejects(says('RTNETLINK answers: Operation not permitted'), { code: 'not-permitted' })
})

test('a command that takes too long is killed with its children', async () => {
  const marker = `61.${process.pid}`
  await assert.rejects(
    runCommand(['sh', '-c', `sleep ${marker} & echo $!; wait`], { timeoutMs: 200 }),
    (error: WeftError) => {
      assert.equal(error.code, 'timeout')
      const child = Number(error.details[1]?.[1])
      assert.equal(commandLine(child), undefined)
      return true
    },
  )
})

test('a daemon that keeps our pipe open does not hold us up', async () => {
  const from = performance.now()
  const { stdout } = await runCommand(['sh', '-c', 'sleep 5 & echo $!'])
  assert.ok(performance.now() - from < 3000)
  process.kill(Number(stdout), 'SIGKILL')
})

test('a program that does not read its input is no accident', async () => {
  await runCommand(['true'], { stdin: 'x'.repeat(1_000_000) })
})
