/** Stock virsh says the same to weftd and to the distribution's libvirtd, and hears the same: exit codes, texts, tables. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { obeyingDisk } from '../support/boot-sector.ts'
import { startLibvirtd } from '../support/libvirtd-room.ts'
import { DIFFERENCES, NOT_YET } from '../support/transcript/differences.ts'
import { BLOCK_JOBS } from '../support/transcript/block-jobs.ts'
import { BYTES } from '../support/transcript/bytes.ts'
import { HOST, SNAPSHOTS } from '../support/transcript/host.ts'
import { LIFE, MACHINES } from '../support/transcript/machines.ts'
import { NETWORKS } from '../support/transcript/networks.ts'
import { STORAGE } from '../support/transcript/storage.ts'
import { hear, look, put, say, sayUntil, speak, type Said, type Side } from '../support/transcript/sides.ts'
import type { Chapter, Step } from '../support/transcript/step.ts'
import { host, newRoot, startWeft, type Weft } from './weft-process.ts'

const CHAPTERS: readonly Chapter[] = [HOST, NETWORKS, STORAGE, MACHINES, LIFE, SNAPSHOTS, BLOCK_JOBS, BYTES]
/** At least as many are compared. */
const LEAST = 200

let weft: Weft
let ours: Side
let theirs: Side
let count = 0
const seen = new Set<string>()
/** How often each has been said. */
const times = new Map<string, number>()

before(async () => {
  const root = newRoot()
  const directories = ['ours', 'virt'].map((name) => join(root, name))
  for (const directory of directories) {
    mkdirSync(directory)
    // QEMU is nobody of importance.
    writeFileSync(join(directory, 'obeys.img'), obeyingDisk())
    chmodSync(join(directory, 'obeys.img'), 0o666)
  }
  const [own = '', other = ''] = directories
  weft = await startWeft(root)
  ours = {
    socket: join(root, 'run/weft/libvirt-sock'),
    directory: own,
    pool: join(root, 'var/lib/weft/disks'),
  }
  theirs = { socket: await startLibvirtd(other), directory: other, pool: join(root, 'var/lib/virt/disks') }
  // What weft has from the start, libvirtd has from a package of its own and from virt-manager.
  put(theirs, { file: 'default.xml', text: weft.ok('net', 'show', 'default', '--xml') })
  await say(theirs, 'net-define default.xml')
  await say(theirs, 'pool-define-as default dir --target $POOL')
  mkdirSync(theirs.pool, { recursive: true })
  for (const side of [ours, theirs]) {
    const disk = join(side.pool, 'snappy.qcow2')
    host('qemu-img', 'create', '-q', '-f', 'qcow2', disk, '4M')
    chmodSync(disk, 0o666)
  }
  for (const verb of ['start', 'autostart']) await say(theirs, `pool-${verb} default`)
})

after(() => weft.stop())

for (const { title, steps } of CHAPTERS) {
  test(title, async () => {
    const wrong: string[] = []
    let compared = 0
    for (const step of steps) {
      if (typeof step === 'object' && 'file' in step) {
        for (const side of [ours, theirs]) put(side, step)
        continue
      }
      const name = nameOf(step)
      const [mine, its] = await Promise.all([answer(ours, step), answer(theirs, step)])
      compared++
      const isSame = show(mine) === show(its)
      const isListed = LISTED.has(name)
      if (isListed) seen.add(name)
      if (isListed && isSame) wrong.push(`${name}\n  is the same now: take it off the list`)
      if (!isListed && !isSame) wrong.push(`${name}\n--- libvirtd\n${show(its)}\n+++ weftd\n${show(mine)}`)
    }
    count += compared
    if (wrong.length > 0)
      assert.fail(`${String(wrong.length)} of ${String(compared)}:\n\n${wrong.join('\n\n')}`)
  })
}

test('the transcript is long, and its lists have no commands that are not in it', () => {
  assert.ok(count >= LEAST, `${String(count)} commands`)
  assert.deepEqual(
    [...LISTED].filter((name) => !seen.has(name)),
    [],
  )
})

const LISTED = new Set([...DIFFERENCES.flatMap(({ commands }) => commands), ...NOT_YET])

type Spoken = Exclude<Step, { file: string }>

function nameOf(step: Spoken): string {
  const command = commandOf(step)
  const time = (times.get(command) ?? 0) + 1
  times.set(command, time)
  return time === 1 ? command : `${command} #${String(time)}`
}

function commandOf(step: Spoken): string {
  if (typeof step === 'string') return step
  if ('listen' in step) return step.listen
  if ('speak' in step) return step.speak
  return 'look' in step ? `what is in ${step.look}` : step.repeat
}

function answer(side: Side, step: Spoken): Promise<Said> | Said {
  if (typeof step === 'string') return say(side, step)
  if ('speak' in step) return speak(side, step)
  if ('look' in step) return look(side, step)
  return 'listen' in step ? hear(side, step) : sayUntil(side, step)
}

/** Blanks at the ends of lines are nobody's. */
function show({ code, out, err }: Said): string {
  const text = `${out}${err}`.replace(/[ \t]+$/gm, '').trim()
  return `[${String(code)}] ${text}`
}
