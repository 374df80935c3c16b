/** Images pulled by weftd from a server on loopback: together, cut off by the end of weftd, into a full disk, and by `vm create`. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { ImageView } from '../../src/api/views.ts'
import { startImageServer, sum, type ImageServer } from '../support/image-server.ts'
import { host, newRoot, PROJECT, startWeft, until, type Ran, type Weft } from './weft-process.ts'

let weft: Weft
let server: ImageServer
let bytes: Buffer
before(async () => {
  host('ip', 'link', 'set', 'lo', 'up')
  const root = newRoot()
  server = await startImageServer()
  const base = join(root, 'base.qcow2')
  host('qemu-img', 'create', '-q', '-f', 'qcow2', base, '64M')
  host('qemu-io', '-c', 'write -P 0x5a 0 4M', base)
  bytes = readFileSync(base)
  weft = await startWeft(root)
  writeCatalogue()
})
after(async () => {
  server.close()
  await weft.stop()
})

function writeCatalogue(): void {
  const { url } = server
  writeFileSync(
    join(weft.root, 'etc/weft/images-test.yaml'),
    `- {name: web, aliases: [www], url: "${url}/web-{version}.qcow2", sums: ${url}/SHA256SUMS, user: admin, disk: 128M}
- {name: fixed, url: ${url}/fixed.img, checksum: "sha512:${sum(bytes, 'sha512')}"}
- {name: bare, url: ${url}/bare.img}
- {name: large, url: ${url}/large.img, checksum: "sha256:${sum(Buffer.alloc(1))}"}
`,
  )
  publish(bytes)
  for (const name of ['/fixed.img', '/bare.img']) server.files.set(name, { bytes })
}

/** As a project does: the file, and the list beside it. */
function publish(content: Buffer): void {
  server.files.set('/web-1.2.qcow2', { bytes: content })
  const list = `${sum(Buffer.alloc(1))} *web-1.1.qcow2\n${sum(content)} *web-1.2.qcow2\n`
  server.files.set('/SHA256SUMS', { bytes: Buffer.from(list) })
}

/** The server is in this process: a command that waits for it must not block. */
function run(...words: string[]): Promise<Ran> {
  const child = spawn(join(PROJECT, 'bin/weft'), words, { env: { ...process.env, WEFT_ROOT: weft.root } })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  return new Promise((resolve) => {
    child.once('close', (code) => {
      resolve({ code, out, err })
    })
  })
}

const parts = (): string[] => readdirSync(join(weft.root, 'var/lib/weft/images/part'))
/** Of the largest file that is on its way; notes beside it are replaced now and then. */
function gathered(): number {
  const directory = join(weft.root, 'var/lib/weft/images/part')
  return Math.max(
    0,
    ...parts().map((name) => statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0),
  )
}
const show = (name: string): ImageView => JSON.parse(weft.ok('image', 'show', name, '--json')) as ImageView

test('the catalogue has what weft comes with, and what the administrator has put beside it', () => {
  const listed = weft.ok('image', 'list', '--available')
  for (const line of [/^ debian-12, debian-bookworm +disk +available /m, /^ web, www +disk +available/m])
    assert.match(listed, line)
  assert.match(weft.ok('image', 'show', 'ubuntu'), /^From: +https:\/\/cloud-images\.ubuntu\.com\//m)
  assert.match(weft.run(['image', 'pull', 'debain']).err, /no image 'debain' is known/)
  const own = join(weft.root, 'etc/weft/images-wrong.yaml')
  writeFileSync(own, '- {name: x, urls: "https://example.org/x", sums: "http://example.org/SUMS"}\n')
  const { err } = weft.run(['image', 'list', '--available'])
  assert.match(err, /images-wrong\.yaml:1:\d+: an image has no 'urls'/)
  assert.match(err, /no 'urls'[^]*did you mean 'url'/)
  assert.match(err, /could be changed on its way/)
  host('rm', own)
})

test('a pull that is only planned fetches nothing but the list', async () => {
  const { out, err } = await run('image', 'pull', 'www', '--dry-run')
  assert.match(out + err, /would fetch http:.*\/web-1\.2\.qcow2/)
  assert.deepEqual(server.asked, ['/SHA256SUMS'])
})

test('two that pull at once wait for one download', async () => {
  server.asked.length = 0
  let open = (): void => undefined
  const gate = new Promise<void>((resolve) => (open = resolve))
  server.files.set('/web-1.2.qcow2', { bytes, gate })
  const both = [run('image', 'pull', 'web'), run('image', 'pull', 'www')]
  await until(() => server.asked.some((path) => path.startsWith('/web')))
  open()
  for (const { code, err } of await Promise.all(both)) assert.equal(code, 0, err)
  assert.equal(server.asked.filter((path) => path.startsWith('/web')).length, 1)
  const image = show('www')
  assert.deepEqual(
    [image.name, image.digest, image.user, image.checked?.by],
    ['web', sum(bytes), 'admin', `${server.url}/SHA256SUMS`],
  )
  assert.deepEqual(parts(), [])
})

test('what is here and still the latest is not fetched again; what is newer is, and the older stays for who uses it', async () => {
  assert.match((await run('image', 'pull', 'web')).out, /was here already/)
  assert.match((await run('vm', 'create', 'old', '--image', 'web')).out, /created/)
  const newer = Buffer.concat([bytes, Buffer.alloc(65536)])
  publish(newer)
  assert.match((await run('image', 'pull', 'web')).out, /^Image web is here$/m)
  assert.equal(show('web').digest, sum(newer))
  const older = show(sum(bytes).slice(0, 12))
  assert.deepEqual(older.users, ['disk old', 'machine old'])
  assert.equal(weft.run(['image', 'delete', older.name]).code, 4)
  assert.match(weft.run(['vm', 'create', 'x', '--image', 'web', '--disk', '100M']).err, /does not fit/)
})

test('what nobody has said anything of is taken only when that is wanted, and shown as such', async () => {
  const refused = await run('image', 'pull', 'bare')
  assert.match(refused.err, /nobody has said what image 'bare' should be[^]*--insecure/)
  assert.equal((await run('image', 'pull', 'bare', '--insecure')).code, 0)
  // The same bytes are here under another name, and were checked.
  assert.equal(show('bare').digest, sum(bytes))
  const unknown = Buffer.from(bytes).fill(1, 2 ** 20)
  server.files.set('/bare.img', { bytes: unknown })
  assert.equal((await run('image', 'pull', 'bare', '--insecure')).code, 0)
  assert.match(weft.ok('image', 'show', 'bare'), /^Checked: +no: held against nothing$/m)
  assert.match((await run('vm', 'create', 'b', '--image', 'bare', '--dry-run')).err, /never checked/)
  assert.match((await run('image', 'pull', 'large')).err, /404/)
})

test('weftd that was killed in the middle goes on where it was', async () => {
  const file = { bytes, stallAt: 2 * 1024 * 1024, etag: '"fixed"' }
  server.files.set('/fixed.img', file)
  server.asked.length = 0
  const cut = run('image', 'pull', 'fixed')
  await until(() => gathered() >= 2 * 1024 * 1024)
  await weft.stop('SIGKILL')
  assert.equal((await cut).code, 1)
  weft = await startWeft(weft.root)
  assert.equal((await run('image', 'pull', 'fixed')).code, 0)
  assert.deepEqual(server.asked, ['/fixed.img', '/fixed.img bytes=2097152-'])
  assert.equal(show('fixed').digest, sum(bytes))
  assert.deepEqual(parts(), [])
})

test('whoever goes away ends the download, and what has come is kept', async () => {
  server.files.set('/large.img', { bytes: Buffer.alloc(4 * 1024 * 1024), stallAt: 2 * 1024 * 1024 })
  const child = spawn(join(PROJECT, 'bin/weft'), ['image', 'pull', 'large'], {
    env: { ...process.env, WEFT_ROOT: weft.root },
    stdio: 'ignore',
  })
  await until(() => gathered() >= 2 * 1024 * 1024)
  child.kill('SIGINT')
  await until(() => server.connections() === 0)
  await until(() => parts().length === 2)
})

test('a full disk is told before anything comes, and leaves nothing half', async () => {
  const part = join(weft.root, 'var/lib/weft/images/part')
  mkdirSync(part, { recursive: true })
  host('mount', '-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', part)
  server.files.set('/large.img', { bytes: Buffer.alloc(24 * 1024 * 1024) })
  const { code, err } = await run('image', 'pull', 'large')
  assert.equal(code, 1)
  assert.match(err, /no room for the image[^]*it needs 24 MiB and some more, and 20 MiB are free/)
  assert.deepEqual(parts(), [])
  host('umount', part)
})

test('a machine of an image that is not here fetches it first', async () => {
  weft.run(['image', 'delete', 'web'])
  const dry = await run('vm', 'create', 'new', '--image', 'www', '--dry-run')
  assert.match(dry.err, /image 'web' is not here yet[^]*weft image pull web/)
  assert.match((await run('vm', 'create', 'new', '--image', 'www')).out, /^Machine new created$/m)
  const disk = JSON.parse(weft.ok('disk', 'show', 'new', '--json')) as { backing: string }
  assert.equal(disk.backing, show('web').path)
})
