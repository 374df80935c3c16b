/** What guest tests share: weft's use cases on a root of their own, an outside behind a router's cable, and a guest's console. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startNetwork } from '../../src/app/networks.ts'
import type { App } from '../../src/app/ports.ts'
import { pathsUnder } from '../../src/core/host/paths.ts'
import type { VmDraft } from '../../src/core/vm/draft.ts'
import { buildApp, type BuiltApp } from '../../src/daemon/build-app.ts'
import { defineBuiltIn, makeDirectories } from '../../src/daemon/first-steps.ts'
import { buildGuestImage, hostNameArgument, type GuestImage } from '../../src/setup/guest-image.ts'
import { prepareRescueIso } from '../../src/setup/rescue-iso.ts'

export const byTest = { by: 'test', dryRun: false } as const
export const OUTSIDE = '198.51.100.80'
const CACHE = join(import.meta.dirname, '../../node_modules/.cache/guest-image')

export function newRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'root-'))
  // QEMU's user has to pass through.
  chmodSync(root, 0o755)
  return root
}

/** weft on that root, as weftd builds it, with the built-in network defined. */
export async function openWeft(root: string): Promise<BuiltApp> {
  makeDirectories(pathsUnder(root))
  const built = buildApp(root, () => undefined)
  await defineBuiltIn(built.app, () => undefined)
  return built
}

export async function openWeftWithNetwork(root: string): Promise<BuiltApp> {
  const built = await openWeft(root)
  await startNetwork(built.app, 'default', byTest)
  return built
}

/** Made once for all runs; copied to where QEMU's user may read it. */
export async function guestImage(root: string): Promise<GuestImage> {
  await buildGuestImage(CACHE)
  const directory = join(root, 'guest-image')
  if (!existsSync(directory)) {
    mkdirSync(directory)
    // Not the whole: another test may just be making it.
    for (const name of ['vmlinuz', 'initrd.gz', 'version']) cpSync(join(CACHE, name), join(directory, name))
  }
  return buildGuestImage(directory)
}

/** Fetched once for all runs. */
export async function rescueIso(root: string): Promise<string> {
  const iso = join(root, 'rescue.iso')
  cpSync(await prepareRescueIso(join(CACHE, '../rescue-iso')), iso)
  return iso
}

/** On a busy machine the kernel complains of lost time, in the middle of what the shell answers. A panic is told all the same. */
const QUIET = 'loglevel=1 rcupdate.rcu_cpu_stall_suppress=1 nowatchdog'

export function guestDraft(name: string, image: GuestImage): VmDraft {
  const append = `${image.append} ${QUIET} ${hostNameArgument(name)}`
  return { name, memoryMiB: 128, kernel: image.kernel, initrd: image.initrd, append, nets: ['default'] }
}

/** A host beyond this one that serves a page and knows the way back to the guests' network. */
export function makeOutside(): void {
  const ip = (words: string): void => void execFileSync('ip', words.split(' '))
  ip('netns add outside')
  ip('link add uplink type veth peer name eth0 netns outside')
  ip('address add 198.51.100.1/24 dev uplink')
  ip('link set uplink up')
  ip(`-n outside address add ${OUTSIDE}/24 dev eth0`)
  ip('-n outside link set eth0 up')
  ip('-n outside route add default via 198.51.100.1')
  const www = mkdtempSync(join(tmpdir(), 'www-'))
  execFileSync('sh', ['-c', `echo hello from outside > ${www}/index.html`])
  spawn('ip', ['netns', 'exec', 'outside', 'busybox', 'httpd', '-f', '-p', '80', '-h', www], {
    stdio: 'ignore',
  }).unref()
}

/** Resolves with everything seen on the console so far as soon as it holds the pattern. */
export function waitForConsole(app: App, name: string, pattern: RegExp, limitMs = 240_000): Promise<string> {
  const line = app.machines.serial(name)
  if (line === undefined) throw new Error(`machine '${name}' has no console: it does not run`)
  const decoder = new TextDecoder()
  let text = decoder.decode(line.scrollback(), { stream: true })
  return new Promise((resolve, reject) => {
    const finish = (work: () => void): void => {
      clearTimeout(timer)
      detach()
      work()
    }
    const look = (): void => {
      if (pattern.test(text))
        finish(() => {
          resolve(text)
        })
    }
    const fail = (why: string): void => {
      finish(() => {
        reject(new Error(`${why}; the console of '${name}' shows:\n${text}`))
      })
    }
    const timer = setTimeout(fail, limitMs, `no ${String(pattern)} in ${limitMs} ms`)
    const detach = line.attach({
      data: (bytes) => {
        text += decoder.decode(bytes, { stream: true })
        look()
      },
      end: () => {
        fail('the machine ended')
      },
    })
    look()
  })
}

let questions = 0

/** Types a command at the guest's shell and returns what it printed and its exit code. */
export async function askGuest(app: App, name: string, command: string): Promise<string> {
  const mark = `q${++questions}`
  // In two pieces, so that the echo of what is typed is not taken for the answer.
  app.machines
    .serial(name)
    ?.write(new TextEncoder().encode(`echo ${mark}"-begin"; ${command}; echo ${mark}"-end" $?\n`))
  // To the end of the line: a code of several digits may come in pieces.
  const text = await waitForConsole(app, name, new RegExp(`${mark}-end \\d+\\s`))
  const match = new RegExp(`${mark}-begin\\r?\\n([\\s\\S]*?)${mark}-end (\\d+)`).exec(text)
  return `${(match?.[1] ?? '').replaceAll('\r', '').trim()} [${match?.[2] ?? '?'}]`
}

/** A program in the guest that counts ten times a second, in its memory: whatever it is put through, it goes on from where it was. */
export async function startCounting(app: App, name: string): Promise<void> {
  const count = 'i=0; while :; do i=$((i+1)); echo $i >/tmp/new; mv /tmp/new /tmp/count; sleep 0.1; done'
  await askGuest(app, name, `{ (${count}) </dev/null >/dev/null 2>&1 & }`)
  // Whoever asks for the count before the program has begun would get none.
  await askGuest(app, name, 'until [ -s /tmp/count ]; do sleep 0.1; done')
}

export async function countOf(app: App, name: string): Promise<number> {
  const answer = await askGuest(app, name, 'cat /tmp/count')
  const count = /(\d+) \[0\]$/.exec(answer)?.[1]
  assert.ok(count !== undefined, `${name} does not count: ${answer}`)
  return Number.parseInt(count, 10)
}
