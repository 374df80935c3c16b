/** Golden files: texts beside the code that must come out as they stand; WEFT_GOLDEN=write writes them anew. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { env } from 'node:process'
import type { HostFacts } from '../../src/core/host/facts.ts'
import { pathsUnder } from '../../src/core/host/paths.ts'

/** A host that has what networks need, and nothing for machines. */
export const NETWORK_FACTS: HostFacts = {
  paths: pathsUnder('/'),
  qemuUser: { name: 'weft-qemu', owner: { uid: 990, gid: 990 } },
  dnsmasqUser: 'dnsmasq',
  programs: {
    ip: '/usr/sbin/ip',
    nft: '/usr/sbin/nft',
    dnsmasq: '/usr/sbin/dnsmasq',
    'qemu-system-x86_64': undefined,
    'qemu-img': undefined,
    setpriv: undefined,
  },
}

export function assertGolden(path: string, text: string): void {
  if (env['WEFT_GOLDEN'] === 'write') {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  assert.equal(text, readFileSync(path, 'utf8'), path)
}

/** The folder holds these files and no others. */
export function assertGoldenFolder(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) assertGolden(join(folder, name), text)
  assert.deepEqual(readdirSync(folder).sort(), Object.keys(files).sort())
}
