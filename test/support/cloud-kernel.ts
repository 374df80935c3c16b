/**
 * The distribution's kernel for clouds, with modules that the kernel of this machine may lack, and an initramfs that makes this machine's
 * own files its root: read-only by virtiofs, with a layer in memory over them. Made once, then kept.
 */
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { device, directory, formatCpio, program, type CpioEntry } from '../../src/setup/cpio.ts'
import { findGuestKernel } from '../../src/setup/guest-kernel.ts'
import { collectModules, type KernelModule } from '../../src/setup/kernel-modules.ts'
import { findProgram } from '../../src/setup/packages.ts'

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/cloud-kernel')
/** Files made by another version of this code are made again. */
const VERSION = '1'
/** What the root needs, then what networks are made of. */
const MODULES = ['virtio_pci', 'virtiofs', 'overlay', 'veth', 'bridge', 'bonding', '8021q', 'nf_tables']
/** Without a bond that nobody has asked for, as distributions have it. */
const OPTIONS: Readonly<Record<string, string>> = { bonding: 'max_bonds=0' }

/** How the host calls what it shares. */
export const ROOT_TAG = 'machine'
/** Kernel argument: the script that is run as the first process, by its path in this machine's files. */
export const scriptArgument = (path: string): string => `weft.script=${path}`

export const CLOUD_KERNEL = { kernel: join(CACHE, 'vmlinuz'), initrd: join(CACHE, 'initrd.gz') }

/** Needs the distribution's packages, which no test can fetch from inside its own world: done before it begins. */
export async function prepareCloudKernel(): Promise<void> {
  const stamp = join(CACHE, 'version')
  if ((await readFile(stamp, 'utf8').catch(() => '')) === VERSION) return
  await mkdir(CACHE, { recursive: true })
  // Somebody else may be making it at the same time.
  const scratch = await mkdtemp(join(CACHE, 'making-'))
  try {
    const kernel = await findGuestKernel(join(scratch, 'packages'))
    const modules = await collectModules(kernel.modules, MODULES)
    await copyFile(kernel.image, join(scratch, 'vmlinuz'))
    await writeFile(join(scratch, 'initrd.gz'), await packInitramfs(modules))
    await rename(join(scratch, 'vmlinuz'), CLOUD_KERNEL.kernel)
    await rename(join(scratch, 'initrd.gz'), CLOUD_KERNEL.initrd)
    await writeFile(stamp, VERSION)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function packInitramfs(modules: readonly KernelModule[]): Promise<Buffer> {
  const busybox = findProgram('busybox')
  if (busybox === undefined || !(await stat(busybox)).isFile())
    throw new Error('no busybox: sh scripts/install-packages.sh')
  const entries: CpioEntry[] = [
    ...['bin', 'dev', 'proc', 'modules', 'below', 'above', 'root'].map(directory),
    device('dev/console', 5, 1),
    { path: 'bin/busybox', mode: 0o100755, content: await readFile(busybox) },
    program('init', init(modules.map(({ name }) => name))),
    ...modules.map(({ name, content }) => ({ path: `modules/${name}.ko`, mode: 0o100644, content })),
  ]
  return promisify(gzip)(formatCpio(entries))
}

const init = (modules: readonly string[]): string => `#!/bin/busybox sh
alias mount='busybox mount' insmod='busybox insmod'
PATH=/bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
exec </dev/console >/dev/console 2>&1
${modules.map((name) => `insmod /modules/${name}.ko ${OPTIONS[name] ?? ''}`.trimEnd()).join('\n')}
mount -t virtiofs -o ro ${ROOT_TAG} /below
mount -t tmpfs tmpfs /above
busybox mkdir /above/files /above/work
mount -t overlay -o lowerdir=/below,upperdir=/above/files,workdir=/above/work root /root
for word in $(busybox cat /proc/cmdline); do
  case $word in weft.script=*) script=\${word#*=} ;; esac
done
mount --move /dev /root/dev
mount --move /proc /root/proc
exec busybox switch_root /root /bin/bash "$script"
`
