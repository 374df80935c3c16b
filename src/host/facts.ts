/** Finds out once what stays true of this host while weftd runs. */
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { PROGRAMS, type HostFacts, type ProgramName } from '../core/host/facts.ts'
import type { Paths } from '../core/host/paths.ts'
import { commandEnvironment } from './command-error.ts'
import { readText } from './process-table.ts'

export function findHostFacts(paths: Paths): HostFacts {
  const users = readTable('/etc/passwd')
  const kvm = readTable('/etc/group').find(([name]) => name === 'kvm')
  return {
    paths,
    qemuUser: {
      ...qemuUser(users),
      ...(kvm === undefined ? {} : { kvmGid: Number(kvm[2]) }),
    },
    dnsmasqUser: users.some(([name]) => name === 'dnsmasq') ? 'dnsmasq' : 'nobody',
    programs: Object.fromEntries(Object.keys(PROGRAMS).map((name) => [name, findProgram(name)])) as Record<
      ProgramName,
      string | undefined
    >,
  }
}

/** A user of weft's own when the package has made one. */
function qemuUser(users: readonly string[][]): { name: string; owner: { uid: number; gid: number } } {
  const [name = 'nobody', , uid = '65534', gid = '65534'] =
    users.find(([user]) => user === 'weft-qemu') ?? users.find(([user]) => user === 'nobody') ?? []
  return { name, owner: { uid: Number(uid), gid: Number(gid) } }
}

/** passwd(5), group(5): lines of fields parted by colons. */
function readTable(path: string): string[][] {
  return (readText(path) ?? '').split('\n').flatMap((line) => (line === '' ? [] : [line.split(':')]))
}

export function findProgram(name: string): string | undefined {
  const directories = (commandEnvironment()['PATH'] ?? '').split(':').filter((path) => path !== '')
  return directories.map((directory) => join(directory, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
