/** libvirt's files on this host, or on a disk of another: definitions, who had which address, what runs, what else is kept of machines. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AdoptRequest } from '../api/adopt-contract.ts'
import { WeftError } from '../core/errors.ts'

const FOLDERS = ['qemu', 'qemu/networks', 'storage', 'nwfilter', 'secrets', 'lxc', 'libxl', 'bhyve', 'ch']

/** `directory` is /etc/libvirt or a copy: where it is ROOT/etc/libvirt, what lies in ROOT/var/lib and ROOT/run counts too. */
export function readInstallation(directory: string): AdoptRequest {
  const files = FOLDERS.flatMap((folder) => definitionsIn(directory, folder))
  if (files.length === 0) {
    names(directory, true)
    throw new WeftError('not-found', `there are no definitions of libvirt's in '${directory}'`, {
      hint: `ls ${directory}/qemu`,
    })
  }
  const root = /^(.*)\/etc\/libvirt\/*$/.exec(directory)?.[1]
  return root === undefined ? { files } : { files, ...aroundOf(root) }
}

function definitionsIn(directory: string, folder: string): AdoptRequest['files'] {
  const place = join(directory, folder)
  const marked = new Set(names(join(place, 'autostart')))
  return names(place)
    .filter((name) => name.endsWith('.xml'))
    .map((name) => ({
      path: `${folder}/${name}`,
      text: textOf(join(place, name)),
      ...(marked.has(name) ? { autostart: true } : {}),
      ...(folder === 'secrets' ? valueOf(join(place, name)) : {}),
    }))
}

/** libvirt keeps what a secret says beside its definition. */
function valueOf(definition: string): { value?: string } {
  const path = definition.replace(/\.xml$/, '.base64')
  return existsSync(path) ? { value: textOf(path) } : {}
}

function aroundOf(root: string): Omit<AdoptRequest, 'files'> {
  const state = join(root, 'var/lib/libvirt')
  const run = join(root, 'run/libvirt')
  const dnsmasq = join(state, 'dnsmasq')
  const leases = names(dnsmasq).filter((name) => /\.(status|leases)$/.test(name))
  const named = (folder: string, end: string): string[] =>
    names(join(run, folder)).flatMap((name) => (name.endsWith(end) ? [name.slice(0, -end.length)] : []))
  return {
    leases: leases.map((name) => textOf(join(dnsmasq, name))).filter((text) => text.trim() !== ''),
    running: {
      machines: named('qemu', '.xml').filter((name) => isAlive(join(run, 'qemu', `${name}.pid`))),
      networks: named('network', '.xml'),
    },
    besides: besidesIn(join(state, 'qemu')),
  }
}

function besidesIn(state: string): NonNullable<AdoptRequest['besides']> {
  const kept = (folder: string, end: string, what: string): NonNullable<AdoptRequest['besides']> =>
    names(join(state, folder)).flatMap((name) =>
      name.endsWith(end) ? [{ machine: name.slice(0, -end.length), what }] : [],
    )
  const snapshots = names(join(state, 'snapshot')).flatMap((machine) => {
    const many = names(join(state, 'snapshot', machine)).filter((name) => name.endsWith('.xml')).length
    return many === 0 ? [] : [{ machine, what: `${String(many)} snapshot${many === 1 ? '' : 's'}` }]
  })
  return [
    ...snapshots,
    ...kept('save', '.save', 'saved memory'),
    ...kept('nvram', '_VARS.fd', "firmware's variables (NVRAM)"),
  ]
}

function isAlive(pidFile: string): boolean {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8').trim())
    return Number.isInteger(pid) && pid > 0 && names(`/proc/${String(pid)}`).length > 0
  } catch {
    return false
  }
}

/** None where there is no such directory, unless it has to be there. */
function names(directory: string, mustBe = false): string[] {
  try {
    return readdirSync(directory).sort()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EACCES') throw notPermitted(directory, error)
    if (!mustBe) return []
    throw new WeftError('not-found', `there is no directory '${directory}'`, { hint: `ls ${directory}` })
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw notPermitted(path, error)
  }
}

function notPermitted(path: string, cause: unknown): WeftError {
  return new WeftError('not-permitted', `you may not read '${path}'`, {
    hint: 'sudo weft adopt --from-libvirt',
    cause,
  })
}
