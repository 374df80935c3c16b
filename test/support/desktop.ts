/** A desktop in a room of its own: an X server without a screen, virt-manager, and a program that sees and presses what it shows. */
import { chmodSync, mkdtempSync } from 'node:fs'
import { copyFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { run } from './debian-root.ts'
import { enterableRoom, prepareRoot, type Room } from './unpacked.ts'

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/desktop')
/** Another list, or other files beside it: made again. */
const VERSION = '1'
const PACKAGES =
  'virt-manager libsys-virt-perl xvfb at-spi2-core gir1.2-atspi-2.0 gir1.2-spiceclientgtk-3.0 python3-gi dbus dbus-bin ' +
  'dbus-daemon fonts-dejavu-core adwaita-icon-theme librsvg2-common libgdk-pixbuf2.0-bin libglib2.0-bin shared-mime-info ' +
  'dconf-gsettings-backend base-files libc-bin bash coreutils dash sed procps'

/** Needs the distribution's packages, which no test can fetch from inside its own world: done before it begins. */
export async function prepareDesktop(): Promise<void> {
  await prepareRoot(CACHE, VERSION, PACKAGES.split(' '), finish)
}

async function finish(root: string): Promise<void> {
  const at = (path: string): string => join(root, path)
  await writeFile(
    at('etc/passwd'),
    'root:x:0:0:root:/root:/bin/bash\nmessagebus:x:101:101::/:/usr/sbin/nologin\n',
  )
  await writeFile(at('etc/group'), 'root:x:0:\nmessagebus:x:101:\n')
  await writeFile(at('etc/machine-id'), '0123456789abcdef0123456789abcdef\n')
  await rm(at('var/run'), { recursive: true, force: true })
  await symlink('/run', at('var/run'))
  await run('ldconfig', '-r', root)
  // Indexes that programs of the desktop do not start without.
  await run('chroot', root, 'glib-compile-schemas', '/usr/share/glib-2.0/schemas')
  await run('chroot', root, 'update-mime-database', '/usr/share/mime')
  await run('chroot', root, 'sh', '-c', '/usr/lib/*/gdk-pixbuf-2.0/gdk-pixbuf-query-loaders --update-cache')
}

/** A root for weftd that its desktop can see. With the name of the test's own directory, by which its control groups are cleared away. */
export function desktopRoot(): string {
  const root = mkdtempSync(`/run/${basename(tmpdir())}-desktop-`)
  // QEMU's user has to pass through.
  chmodSync(root, 0o755)
  return root
}

export interface Desktop {
  readonly room: Room
  /** Runs desktop.py with a script of what to do, and answers what that printed. Throws with what it said otherwise. */
  drive(script: string, ...args: readonly string[]): Promise<string>
}

/** `shared`: a directory below /run that programs of the desktop see at the same path. */
export async function enterDesktop(shared: string): Promise<Desktop> {
  const room = await enterableRoom('desktop', CACHE)
  await mkdir(join(room.root, shared), { recursive: true })
  await run('mount', '--bind', shared, join(room.root, shared))
  await mkdir(join(room.root, 'tmp/run'), { mode: 0o700 })
  await copyFile(join(import.meta.dirname, 'desktop.py'), join(room.root, 'tmp/desktop.py'))
  return {
    room,
    async drive(script, ...args) {
      await writeFile(join(room.root, 'tmp/script.py'), script)
      const environment = ['HOME=/tmp', 'XDG_RUNTIME_DIR=/tmp/run', 'DISPLAY=:9', 'LC_ALL=C.UTF-8']
      const program = ['python3', '/tmp/desktop.py', '/tmp/script.py', ...args]
      return await room.run(['env', ...environment, 'dbus-run-session', '--', ...program])
    },
  }
}
