/** Shares at the terminal: created with a machine, listed, attached and detached, given out as libvirt XML, refused. */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { newRoot, startWeft, type Weft } from './weft-process.ts'

const root = newRoot()
let weft: Weft

before(async () => {
  weft = await startWeft(root)
  for (const name of ['site', 'a,b']) mkdirSync(join(root, name))
})
after(() => weft.stop())

interface Share {
  readonly tag: string
  readonly readOnly: boolean
}
const listed = (): string[] =>
  (JSON.parse(weft.ok('share', 'list', '--json')) as Share[]).map(
    ({ tag, readOnly }) => `${tag}${readOnly ? ' ro' : ''}`,
  )

test('a machine is created with a share, given one more, and has it in its XML', () => {
  weft.ok('vm', 'create', 'web', '--share', `${root}/site:site,ro`)
  const said = weft.run(['share', 'attach', 'web', `${root}/a,b:more`])
  assert.match(said.err, /^in the guest: mount -t virtiofs more \/mnt$/m)
  assert.deepEqual(listed(), ['site ro', 'more'])
  assert.match(weft.ok('vm', 'show', 'web'), /^Share: .*\/site as site \(virtiofs, read-only\)$/m)
  const xml = weft.ok('vm', 'show', 'web', '--xml')
  assert.match(xml, /<access mode='shared'\/>/)
  assert.match(xml, /<source dir='[^']*\/a,b'\/>\s*<target dir='more'\/>/)
  assert.match(weft.run(['vm', 'define', '-'], xml).out, /is defined like that already/)
})

test('it is taken away again, and --dry-run only says so', () => {
  weft.ok('share', 'detach', 'web', 'site', '--dry-run')
  assert.deepEqual(listed(), ['site ro', 'more'])
  assert.match(weft.ok('share', 'detach', 'web', 'site'), /^Machine web has no share site any more$/m)
  assert.deepEqual(listed(), ['more'])
})

test('what cannot be shared is refused with what to do', () => {
  const refused = (words: readonly string[], message: RegExp): void => {
    const { code, err } = weft.run(words)
    assert.notEqual(code, 0)
    assert.match(err, message)
  }
  refused(['share', 'attach', 'web', `${root}/none:x`], /there is no directory[\s\S]*mkdir -p/)
  refused(['share', 'attach', 'web', `${root}/site:x:ro`], /read-only is ,ro/)
  refused(['share', 'attach', 'web', `${root}/site:more`], /two shares have the tag 'more'/)
  refused(['share', 'detach', 'web', 'site'], /has no share 'site'[\s\S]*it has more/)
})
