/** Rendered plans are scripts that a plain shell runs: quoting, documents on stdin, reasons as comments. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { run, type Action } from './action.ts'
import { noUndo, startPlan, stopPlan } from './plan.ts'
import { renderAction, renderHeadline, renderPlan } from './render.ts'

const directory = mkdtempSync(join(tmpdir(), 'weft-render-'))
after(() => {
  rmSync(directory, { recursive: true })
})

function sh(script: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('sh', [], { input: script, encoding: 'utf8', cwd: directory })
}

/** Text a file or an argument can hold: anything but NUL. */
const text = fc.string({ unit: 'binary', maxLength: 60 }).filter((s) => !s.includes('\0') && s.isWellFormed())
const shellText = fc.oneof(
  text,
  fc
    .array(
      fc.constantFrom('a', "'", '"', '$', '`', '\\', '\n', ' ', '#', '~', '*', ';', '&', 'EOF', '\t', '-'),
    )
    .map((parts) => parts.join('')),
)

function planOf(...actions: Action[]) {
  return startPlan(
    'try',
    actions.map((action) => ({ reason: 'it is tried', do: action, undo: noUndo('nothing stays') })),
  )
}

test('every argument reaches the program byte for byte', () => {
  fc.assert(
    fc.property(fc.array(shellText, { minLength: 1, maxLength: 6 }), (args) => {
      const { stdout } = sh(renderPlan(planOf(run('printf', '%s\\0', ...args))))
      assert.deepEqual(stdout.split('\0').slice(0, -1), args)
    }),
    { numRuns: 60 },
  )
})

test('standard input reaches the program byte for byte', () => {
  fc.assert(
    fc.property(shellText, (stdin) => {
      const { stdout, status } = sh(renderPlan(planOf({ ...run('cat'), stdin })))
      assert.equal(status, 0)
      assert.equal(stdout, stdin)
    }),
    { numRuns: 60 },
  )
})

test('a written file has the content and the mode, and no half-written one stays beside it', () => {
  fc.assert(
    fc.property(shellText, fc.constantFrom(0o600, 0o644, 0o755), (content, mode) => {
      const path = join(directory, 'a file')
      const { status, stderr } = sh(renderPlan(planOf({ kind: 'write', path, content, mode })))
      assert.equal(status, 0, stderr)
      assert.equal(readFileSync(path, 'utf8'), content)
      assert.equal(statSync(path).mode & 0o7777, mode)
      assert.equal(statSync(`${path}.new`, { throwIfNoEntry: false }), undefined)
    }),
    { numRuns: 40 },
  )
})

test('titles and reasons never leave their comment line', () => {
  fc.assert(
    fc.property(shellText, (words) => {
      const plan = startPlan(words, [{ reason: words, do: run('echo', 'ran'), undo: noUndo('') }])
      assert.equal(sh(renderPlan(plan)).stdout, 'ran\n')
    }),
    { numRuns: 40 },
  )
})

test('a start stops at the first failure, a stop carries on', () => {
  const { steps } = planOf(run('false'), run('echo', 'went on'))
  assert.deepEqual(pick(sh(renderPlan(startPlan('start', steps)))), [1, ''])
  assert.deepEqual(pick(sh(renderPlan(stopPlan('stop', steps)))), [0, 'went on\n'])
})

test('accepted exit codes count as done, others do not', () => {
  const exit = (code: number) => run('sh', '-c', `exit ${String(code)}`)
  const script = (code: number, accept: number[], stdin?: string) =>
    renderPlan(
      planOf({ ...exit(code), accept, ...(stdin === undefined ? {} : { stdin }) }, run('echo', 'on')),
    )
  assert.deepEqual(pick(sh(script(3, [3]))), [0, 'on\n'])
  assert.deepEqual(pick(sh(script(3, [2, 3], 'text\n'))), [0, 'on\n'])
  assert.deepEqual(pick(sh(script(3, [2, 3], 'text'))), [0, 'on\n'])
  assert.deepEqual(pick(sh(script(4, [2, 3]))), [1, ''])
  assert.deepEqual(pick(sh(script(4, [3]))), [1, ''])
})

test('a secret is never shown', () => {
  const action: Action = { kind: 'write', path: '/x', content: 'hunter2', mode: 0o600, isSecret: true }
  assert.doesNotMatch(renderAction(action) + renderHeadline(action) + renderPlan(planOf(action)), /hunter2/)
})

test('a directory is made with its parents and may be there already', () => {
  const path = join(directory, 'one', 'two')
  const script = renderPlan(planOf({ kind: 'mkdir', path, mode: 0o750 }))
  assert.equal(sh(script).status, 0)
  assert.equal(sh(script).status, 0)
  assert.equal(statSync(path).mode & 0o7777, 0o750)
})

test('a signal ends only the process whose command line matches, and may find nobody', () => {
  const pidFile = join(directory, 'sleep.pid')
  const term = (match: string) =>
    renderPlan(planOf({ kind: 'signal', pidFile, match, signal: 'TERM', waitMs: 3000 }, run('echo', 'on')))
  assert.deepEqual(pick(sh(term('sleep'))), [0, 'on\n'])
  // A double fork, so that init reaps it and not this test.
  const start = sh('(sleep 60.25 >/dev/null 2>&1 & echo $!)')
  writeFileSync(pidFile, start.stdout)
  const pid = Number(start.stdout)
  assert.deepEqual(pick(sh(term('sleep 60+25'))), [0, 'on\n'])
  assert.equal(state(pid), 'S')
  // A pid file that names a stranger is as good as none, and goes.
  assert.equal(statSync(pidFile, { throwIfNoEntry: false }), undefined)
  writeFileSync(pidFile, start.stdout)
  assert.deepEqual(pick(sh(term('sleep 60.25'))), [0, 'on\n'])
  assert.notEqual(state(pid), 'S')
})

test('a QEMU command is one that a person can paste', () => {
  const script = renderPlan(planOf({ kind: 'qmp', socket: '/run/a b/qmp.sock', command: 'cont' }))
  assert.match(script, /\{"execute":"cont","id":"weft"\}'; sleep 1; \} \| nc -N -U '\/run\/a b\/qmp.sock'/)
})

test('the script reads like notes: a title, then each reason above its command', () => {
  const plan = startPlan("start network 'default'", [
    {
      reason: 'default needs a bridge',
      do: run('ip', 'link', 'add', 'virbr0', 'type', 'bridge'),
      undo: run('ip', 'link', 'del', 'virbr0'),
    },
    {
      reason: 'guests may talk',
      do: { ...run('nft', '-f', '-'), stdin: 'add table inet weft\n' },
      undo: noUndo('it is shared'),
    },
  ])
  assert.equal(
    renderPlan(plan),
    `#!/bin/sh
# start network 'default'
# disturbs no guest
set -e

# default needs a bridge
ip link add virbr0 type bridge

# guests may talk
nft -f - <<'EOF'
add table inet weft
EOF
`,
  )
})

function pick(result: { status: number | null; stdout: string }) {
  return [result.status, result.stdout]
}

/** A zombie is as good as gone. */
function state(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${String(pid)}/stat`, 'utf8').split(') ')[1]?.[0]
  } catch {
    return undefined
  }
}
