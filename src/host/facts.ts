/** Finds out once what stays true of this host while weftd runs. */
import { existsSync } from 'node:fs'
import type { HostFacts, KernelTrees } from '../core/host/facts.ts'
import type { Paths } from '../core/host/paths.ts'
import { findGroups } from './control-groups.ts'
import { readText } from './process-table.ts'
import { findPrograms } from './programs.ts'

export function findHostFacts(paths: Paths): HostFacts {
  const users = readTable('/etc/passwd')
  const kvm = readTable('/etc/group').find(([name]) => name === 'kvm')
  return {
    paths,
    qemuUser: {
      ...qemuUser(users),
      ...(kvm === undefined ? {} : { kvmGid: Number(kvm[2]) }),
    },
    ...findGroups(paths),
    ...ownTrees(paths),
    isVirtual: isVirtual(),
    dnsmasqUser: users.some(([name]) => name === 'dnsmasq') ? 'dnsmasq' : 'nobody',
    programs: findPrograms(),
  }
}

/** A root that has devices of its own, recorded ones of a test for instance, is believed; others are shown the kernel's. */
function ownTrees({ etc }: Paths): { trees?: KernelTrees } {
  const base = etc.slice(0, -'/etc/weft'.length)
  if (base === '' || !existsSync(`${base}/sys/bus`)) return {}
  const [sys, dev, proc, modules] = ['sys', 'dev', 'proc', 'lib/modules'].map(
    (name) => `${base}/${name}`,
  ) as [string, string, string, string]
  return { trees: { sys, dev, proc, modules } }
}

/** A user of weft's own when the package has made one. */
function qemuUser(users: readonly string[][]): { name: string; owner: { uid: number; gid: number } } {
  const [name = 'nobody', , uid = '65534', gid = '65534'] =
    users.find(([user]) => user === 'weft-qemu') ?? users.find(([user]) => user === 'nobody') ?? []
  return { name, owner: { uid: Number(uid), gid: Number(gid) } }
}

/** passwd(5), group(5): lines of fields parted by colons. */
export function readTable(path: string): string[][] {
  return (readText(path) ?? '').split('\n').flatMap((line) => (line === '' ? [] : [line.split(':')]))
}

/** x86 processors say so themselves; elsewhere the firmware names a maker that makes no hardware. */
function isVirtual(): boolean {
  if (/^flags\s*:.*\bhypervisor\b/m.test(readText('/proc/cpuinfo') ?? '')) return true
  return /^(QEMU|KVM|VMware|innotek|Xen|Amazon EC2|Google)/.test(
    readText('/sys/class/dmi/id/sys_vendor') ?? '',
  )
}
