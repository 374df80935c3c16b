/** Finds a kernel for the first machine: this host's own, one that lies in apt's cache, or one fetched with apt. */
import { access, constants, readdir, readFile } from 'node:fs/promises'
import { release } from 'node:os'
import { join } from 'node:path'
import { WeftError } from '../core/errors.ts'
import { downloadPackage, listDependencies, unpackPackage } from './debian-package.ts'
import { PROJECT } from './weftd.ts'

export interface GuestKernel {
  readonly image: string
  /** The directory with its modules, `.../lib/modules/VERSION`. */
  readonly modules: string
}

/** In the checkout: a sandbox takes what it fetched along when it goes, and the next one must not need the internet again. */
const FETCHED = join(PROJECT, 'node_modules/.cache/packages')
const APT_CACHE = '/var/cache/apt/archives'
/** The smallest first: made for virtual machines. */
const META_PACKAGES = [
  'linux-image-cloud-amd64',
  'linux-image-virtual',
  'linux-image-generic',
  'linux-image-amd64',
]

/** `workDirectory` takes what has to be unpacked. */
export async function findGuestKernel(workDirectory: string): Promise<GuestKernel> {
  const found =
    (await kernelUnder('/')) ??
    (await kernelInAptCache(workDirectory)) ??
    (await kernelFromApt(workDirectory))
  if (found !== undefined) return found
  throw new WeftError('missing-program', 'there is no kernel for the first machine', {
    hint: 'apt-get update, then type the same command again; or: apt-get install linux-image-cloud-amd64',
  })
}

/** The running kernel's version first, then the latest; only with a virtio NIC, in a module or built in. */
async function kernelUnder(root: string): Promise<GuestKernel | undefined> {
  const names = await readdir(join(root, 'boot')).catch(() => [])
  const versions = names.filter((name) => name.startsWith('vmlinuz-')).map((name) => name.slice(8))
  versions.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  const running = versions.filter((version) => root === '/' && version === release())
  for (const version of [...running, ...versions]) {
    const image = join(root, 'boot', `vmlinuz-${version}`)
    for (const modules of ['lib/modules', 'usr/lib/modules'].map((path) => join(root, path, version))) {
      if ((await isReadable(image)) && (await hasVirtioNet(modules))) return { image, modules }
    }
  }
  return undefined
}

async function kernelInAptCache(workDirectory: string): Promise<GuestKernel | undefined> {
  const names = await readdir(APT_CACHE).catch(() => [])
  const images = names.filter((name) => /^linux-image-\d.*cloud-amd64_.*\.deb$/.test(name)).sort()
  for (const name of images.reverse()) {
    const root = join(workDirectory, name)
    await unpackPackage(join(APT_CACHE, name), root)
    const found = await kernelUnder(root)
    if (found !== undefined) return found
  }
  return undefined
}

/** A meta package names the real one; Ubuntu keeps the modules in a package beside it. */
async function kernelFromApt(workDirectory: string): Promise<GuestKernel | undefined> {
  for (const meta of META_PACKAGES) {
    const image = (await listDependencies(meta)).find((name) => /^linux-image-\d/.test(name))
    if (image === undefined) continue
    const modules = image.replace('linux-image-', 'linux-modules-')
    const root = join(workDirectory, meta)
    for (const name of [image, modules]) {
      const archive = await downloadPackage(name, FETCHED)
      if (archive !== undefined) await unpackPackage(archive, root)
    }
    const found = await kernelUnder(root)
    if (found !== undefined) return found
  }
  return undefined
}

async function hasVirtioNet(modules: string): Promise<boolean> {
  const builtin = await readFile(join(modules, 'modules.builtin'), 'utf8').catch(() => '')
  if (builtin.includes('/virtio_net.ko')) return true
  const drivers = await readdir(join(modules, 'kernel/drivers/net')).catch(() => [])
  return drivers.some((name) => name.startsWith('virtio_net.ko'))
}

function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  )
}
