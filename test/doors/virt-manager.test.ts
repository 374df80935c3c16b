/** virt-manager, on a desktop of its own: it lists, edits, starts and shows a machine that weft made. */
import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { desktopRoot, enterDesktop, type Desktop } from '../support/desktop.ts'
import { startWeft, type Weft } from './weft-process.ts'

let weft: Weft
let desktop: Desktop

before(async () => {
  const root = desktopRoot()
  weft = await startWeft(root)
  desktop = await enterDesktop(root)
  // Where it looks for libvirtd. By another path a connection counts as remote, and virt-manager shows no screens of it.
  mkdirSync(`${desktop.room.root}/run/libvirt`)
  symlinkSync(`${root}/run/weft/libvirt-sock`, `${desktop.room.root}/run/libvirt/libvirt-sock`)
  weft.ok('vm', 'create', 'web', '--memory', '64')
})

after(() => weft.stop())

/** A screen that shows nothing yet is black all over. */
const SCRIPT = `
manager = start('virt-manager', '--no-fork', '--connect', 'qemu:///system')
find('table cell', 'web\\nShutoff')

subprocess.run(['virt-manager', '--connect', 'qemu:///system', '--show-domain-editor', 'web'], check=True)
window = find('frame', 'web on QEMU')
choose(find('table cell', 'Memory', window))
find('spin button', 'Max Memory Select', window).set_current_value(96)
press('push button', 'config-apply', window)
wait(lambda: not is_sensitive(find('push button', 'config-apply', window)), 'end of the change')

press('push button', 'Run', window)
find('table cell', 'web\\nRunning')
press('radio button', 'Console', window)
wait(lambda: bright_pixels(find('drawing area', '', window)) > 500, 'text on the screen')`

test('a machine of weft is listed, given memory, started, and its screen is seen', async () => {
  await desktop.drive(SCRIPT)
  const shown = weft.ok('vm', 'show', 'web')
  assert.match(shown, /^State: +running /m)
  assert.match(shown, /^Memory: +64 MiB \(up to 96 MiB\)$/m)
  // Defined again by a program that was told of qemu, it still takes KVM where there is one.
  assert.doesNotMatch(weft.ok('vm', 'show', 'web', '--yaml'), /tcg/)
})
