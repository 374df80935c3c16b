/**
 * A cloud image for the tests, of the distribution's own packages, unpacked and not installed: cloud-init, ssh, sudo, and busybox's
 * shell as the first process, since systemd would take minutes without KVM. With a kernel and an initramfs to boot it by. Made
 * once, then kept.
 */
import { chmod, copyFile, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { formatCpio } from '../../src/setup/cpio.ts'
import { findGuestKernel } from '../../src/setup/guest-kernel.ts'
import { collectModules } from '../../src/setup/kernel-modules.ts'
import { initramfsFiles, ROOT_FILES } from './cloud-image-files.ts'
import { run, unpackPackages } from './debian-root.ts'

export interface CloudImage {
  /** A qcow2 with a root file system and nothing else. */
  readonly disk: string
  readonly kernel: string
  readonly initrd: string
  readonly append: string
}

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/cloud-image')
/** Images made by another version of this code are made again. */
const VERSION = '3'
const PACKAGES =
  'cloud-init openssh-server sudo ifupdown iproute2 busybox-static e2fsprogs base-files bash coreutils dash findutils grep hostname ' +
  'login mawk mount passwd sed util-linux libpam-modules libpam-runtime'
const MODULES = [
  'virtio_pci',
  'virtio_blk',
  'ext4',
  'isofs',
  'virtio_net',
  'af_packet',
  'virtio_rng',
  'button',
  'evdev',
]
const UNREAD = [
  'usr/share/doc',
  'usr/share/locale',
  'usr/share/man',
  'usr/share/i18n',
  'usr/share/perl',
  // cloud-init would hold its configuration against a schema, which takes long without KVM.
  'usr/lib/python3/dist-packages/jsonschema',
  'boot',
]
const FILES = ['disk.qcow2', 'vmlinuz', 'initrd.gz']

/** Needs the distribution's packages, which no test can fetch from inside its own world: done before it begins. */
export async function prepareCloudImage(): Promise<void> {
  const stamp = join(CACHE, 'version')
  if ((await readFile(stamp, 'utf8').catch(() => '')) !== VERSION) await buildInCache(stamp)
}

/** In a directory that QEMU's user may read. */
export async function cloudImage(directory: string): Promise<CloudImage> {
  const place = join(directory, 'cloud-image')
  await mkdir(place, { recursive: true })
  for (const name of FILES) await copyFile(join(CACHE, name), join(place, name))
  const [disk = '', kernel = '', initrd = ''] = FILES.map((name) => join(place, name))
  return { disk, kernel, initrd, append: 'root=/dev/vda console=ttyS0 quiet no_timer_check' }
}

/** Somebody else may be making it at the same time: each in a directory of its own, and every file is moved as a whole. */
async function buildInCache(stamp: string): Promise<void> {
  await mkdir(CACHE, { recursive: true })
  const work = await mkdtemp(join(CACHE, 'making-'))
  try {
    await build(work)
    for (const name of FILES) await rename(join(work, name), join(CACHE, name))
    await writeFile(stamp, VERSION)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function build(work: string): Promise<void> {
  const root = join(work, 'root')
  await mkdir(root)
  const [kernel] = await Promise.all([
    findGuestKernel(join(work, 'kernel')),
    unpackPackages(PACKAGES.split(' '), root, work),
  ])
  for (const path of UNREAD) await rm(join(root, path), { recursive: true, force: true })
  await writeFiles(root)
  await run(
    'chroot',
    root,
    '/usr/bin/python3',
    '-m',
    'compileall',
    '-q',
    '/usr/lib/python3',
    '/usr/lib/python3.11',
  ).catch(() => undefined)
  await makeDisk(root, work)
  await copyFile(kernel.image, join(work, 'vmlinuz'))
  const modules = await collectModules(kernel.modules, MODULES)
  const entries = [
    ...initramfsFiles(modules.map(({ name }) => name)),
    { path: 'bin/busybox', mode: 0o100755, content: await readFile(join(root, 'bin/busybox')) },
    ...modules.map(({ name, content }) => ({ path: `modules/${name}.ko`, mode: 0o100644, content })),
  ]
  await writeFile(join(work, 'initrd.gz'), await promisify(gzip)(formatCpio(entries), { level: 1 }))
}

async function writeFiles(root: string): Promise<void> {
  for (const [path, entry] of Object.entries(ROOT_FILES)) {
    const [content, mode] = typeof entry === 'string' ? [entry, 0o644] : entry
    const file = join(root, path)
    await mkdir(dirname(file), { recursive: true })
    await rm(file, { force: true })
    await writeFile(file, content)
    await chmod(file, mode)
  }
}

/** From a directory, without a mount. */
async function makeDisk(root: string, work: string): Promise<void> {
  const raw = join(work, 'disk.raw')
  await run('mke2fs', '-q', '-t', 'ext4', '-O', '^metadata_csum', '-d', root, raw, '768M')
  await run('qemu-img', 'convert', '-q', '-f', 'raw', '-O', 'qcow2', raw, join(work, 'disk.qcow2'))
  await stat(join(work, 'disk.qcow2'))
}
