/** Witnesses in machines that booted: they say whom they saw, by TCP and UDP and in both families, and call others when told. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { directory, file, formatCpio } from '../../src/setup/cpio.ts'
import type { GuestImage } from '../../src/setup/guest-image.ts'
import { packPrograms } from './tool-guest.ts'

const SCRIPT = join(import.meta.dirname, 'guest-witness.pl')

/** A second archive behind the first, which the kernel unpacks over it. */
export async function withWitness(image: GuestImage, scratch: string): Promise<GuestImage> {
  const entries = [
    directory('programs'),
    ...packPrograms(['perl']),
    file('programs/witness', readFileSync(SCRIPT, 'utf8')),
  ]
  const initrd = join(scratch, 'initrd-witness.gz')
  const more = await promisify(gzip)(formatCpio(entries))
  writeFileSync(initrd, Buffer.concat([readFileSync(image.initrd), more]), { mode: 0o644 })
  return { ...image, initrd }
}

/** What is typed in a machine. */
export const serveCommand = (name: string, port: number): string =>
  `{ (/programs/perl /programs/witness serve ${name} ${String(port)} </dev/null >/tmp/witness.log 2>&1 &) }`
export const askCommand = (how: 'tcp' | 'udp', to: string, port: number): string =>
  `/programs/perl /programs/witness ask ${how} ${to} ${String(port)}`

/** An address of IPv6 in the one spelling that everybody agrees on. */
export function spelt(answer: string): string {
  const [, before = answer, address] = /^(.* )([\da-f]*:[\da-f:]+)$/.exec(answer) ?? []
  return address === undefined ? answer : before + new URL(`http://[${address}]`).hostname.slice(1, -1)
}
