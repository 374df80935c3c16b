/**
 * The images weft comes with, as their projects publish them. Where a project publishes what changes under one address, the checksum
 * is what its own list says at that moment; nothing here is older than the project's last word.
 */
import type { CatalogueEntry } from './catalogue.ts'

const GIB = 1024 ** 3

const DEBIAN = 'https://cloud.debian.org/images/cloud'
const DEBIAN_CD = 'https://cdimage.debian.org/debian-cd/current/amd64/iso-cd'
const UBUNTU = 'https://cloud-images.ubuntu.com'
const UBUNTU_CD = 'https://releases.ubuntu.com'
/** Leads to a mirror nearby; the checksums come from the project's own server. */
const FEDORA = 'https://download.fedoraproject.org/pub/fedora/linux/releases'
const FEDORA_SUMS = 'https://dl.fedoraproject.org/pub/fedora/linux/releases'
const ALPINE = 'https://dl-cdn.alpinelinux.org/alpine'
const ARCH = 'https://geo.mirror.pkgbuild.com'

type Disk = Pick<CatalogueEntry, 'name' | 'aliases' | 'title' | 'url' | 'sums' | 'user'>
type Iso = Pick<CatalogueEntry, 'name' | 'aliases' | 'title' | 'url' | 'sums' | 'minimumDisk'>

const disk = (entry: Disk): CatalogueEntry => ({ ...entry, kind: 'disk', arch: 'x86_64' })
const iso = (entry: Iso): CatalogueEntry => ({ ...entry, kind: 'iso', arch: 'x86_64' })

export const SHIPPED: readonly CatalogueEntry[] = [
  debian('12', 'bookworm', []),
  debian('13', 'trixie', ['debian']),
  iso({
    name: 'debian-netinst',
    aliases: [],
    title: 'Debian stable, network installer',
    url: `${DEBIAN_CD}/debian-{version}-amd64-netinst.iso`,
    sums: `${DEBIAN_CD}/SHA512SUMS`,
    minimumDisk: 2 * GIB,
  }),
  ubuntu('22.04', 'jammy', []),
  ubuntu('24.04', 'noble', []),
  ubuntu('26.04', 'resolute', ['ubuntu']),
  iso({
    name: 'ubuntu-server-24.04',
    aliases: [],
    title: 'Ubuntu Server 24.04 LTS, installer',
    url: `${UBUNTU_CD}/noble/ubuntu-{version}-live-server-amd64.iso`,
    sums: `${UBUNTU_CD}/noble/SHA256SUMS`,
    minimumDisk: 5 * GIB,
  }),
  iso({
    name: 'ubuntu-server-26.04',
    aliases: ['ubuntu-server'],
    title: 'Ubuntu Server 26.04 LTS, installer',
    url: `${UBUNTU_CD}/resolute/ubuntu-{version}-live-server-amd64.iso`,
    sums: `${UBUNTU_CD}/resolute/SHA256SUMS`,
    minimumDisk: 5 * GIB,
  }),
  fedora('43', '1.6', []),
  fedora('44', '1.7', ['fedora']),
  iso({
    name: 'fedora-server-44',
    aliases: ['fedora-server'],
    title: 'Fedora Server 44, network installer',
    url: `${FEDORA}/44/Server/x86_64/iso/Fedora-Server-netinst-x86_64-44-1.7.iso`,
    sums: `${FEDORA_SUMS}/44/Server/x86_64/iso/Fedora-Server-44-1.7-x86_64-CHECKSUM`,
    minimumDisk: 5 * GIB,
  }),
  alpine('3.22', '3.22.4', []),
  alpine('3.23', '3.23.4', ['alpine']),
  iso({
    name: 'alpine-virt-3.23',
    aliases: ['alpine-virt'],
    title: 'Alpine Linux 3.23 for virtual machines, installer',
    url: `${ALPINE}/v3.23/releases/x86_64/alpine-virt-3.23.4-x86_64.iso`,
    sums: `${ALPINE}/v3.23/releases/x86_64/alpine-virt-3.23.4-x86_64.iso.sha256`,
    minimumDisk: GIB / 2,
  }),
  disk({
    name: 'arch',
    aliases: ['archlinux'],
    title: 'Arch Linux',
    url: `${ARCH}/images/latest/Arch-Linux-x86_64-cloudimg.qcow2`,
    sums: `${ARCH}/images/latest/Arch-Linux-x86_64-cloudimg.qcow2.SHA256`,
    user: 'arch',
  }),
  iso({
    name: 'arch-iso',
    aliases: [],
    title: 'Arch Linux, live system and installer',
    url: `${ARCH}/iso/latest/archlinux-x86_64.iso`,
    sums: `${ARCH}/iso/latest/sha256sums.txt`,
    minimumDisk: 2 * GIB,
  }),
]

function debian(version: string, code: string, aliases: readonly string[]): CatalogueEntry {
  return disk({
    name: `debian-${version}`,
    aliases: [`debian-${code}`, ...aliases],
    title: `Debian ${version} (${code})`,
    url: `${DEBIAN}/${code}/latest/debian-${version}-genericcloud-amd64.qcow2`,
    sums: `${DEBIAN}/${code}/latest/SHA512SUMS`,
    user: 'debian',
  })
}

function ubuntu(version: string, code: string, aliases: readonly string[]): CatalogueEntry {
  return disk({
    name: `ubuntu-${version}`,
    aliases: [`ubuntu-${code}`, ...aliases],
    title: `Ubuntu ${version} LTS (${code})`,
    url: `${UBUNTU}/${code}/current/${code}-server-cloudimg-amd64.img`,
    sums: `${UBUNTU}/${code}/current/SHA256SUMS`,
    user: 'ubuntu',
  })
}

/** Releases do not change: each has the number of the compose it was made from. */
function fedora(version: string, compose: string, aliases: readonly string[]): CatalogueEntry {
  const under = `${version}/Cloud/x86_64/images`
  return disk({
    name: `fedora-${version}`,
    aliases,
    title: `Fedora Cloud ${version}`,
    url: `${FEDORA}/${under}/Fedora-Cloud-Base-Generic-${version}-${compose}.x86_64.qcow2`,
    sums: `${FEDORA_SUMS}/${under}/Fedora-Cloud-${version}-${compose}-x86_64-CHECKSUM`,
    user: 'fedora',
  })
}

function alpine(version: string, release: string, aliases: readonly string[]): CatalogueEntry {
  const file = `nocloud_alpine-${release}-x86_64-bios-cloudinit-r0.qcow2`
  return disk({
    name: `alpine-${version}`,
    aliases,
    title: `Alpine Linux ${version}`,
    url: `${ALPINE}/v${version}/releases/cloud/${file}`,
    sums: `${ALPINE}/v${version}/releases/cloud/${file}.sha512`,
    user: 'alpine',
  })
}
