/** A bridge over a NIC in the words of whoever keeps it: files before and after, side by side; and before again, to the last byte. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { assertGolden } from '../../../../test/support/golden.ts'
import { parseWantedAddress } from '../uplink/wanted-address.ts'
import { reversed } from './file-steps.ts'
import { handIfupdown } from './ifupdown.ts'
import { handNetworkManager } from './network-manager.ts'
import { handNetworkd } from './networkd.ts'
import type { FileChange, Handing, KeptBridge, SeenFile, SeenKeeper } from './seen-keeper.ts'

const GOLDEN = join(import.meta.dirname, 'golden')
const BRIDGE: KeptBridge = { bridge: 'br0', nic: 'eth0', mac: '52:54:00:00:00:01', mtu: 1500, hasIpv6: true }
const SEEN: SeenKeeper = { etc: '/etc', run: '/run' }
/** As systemd-networkd 252 writes it into its lease. */
const CLIENT_ID = 'ff5d1c3e0a00020000ab11f0c1d2e3f4a5b6c7'

/** By the first word of the name of a case. */
const HAND: Readonly<Record<string, (files: readonly SeenFile[], bridge: KeptBridge) => Handing>> = {
  ifupdown: (files, bridge) =>
    handIfupdown(
      {
        files: files.filter(({ path }) => path.startsWith('/etc/')),
        state: files.find(({ path }) => path.startsWith('/run/')),
        starts: 'dhclient',
      },
      bridge,
      SEEN,
    ),
  manager: ([profile], bridge) => handNetworkManager(SEEN, { profile, routeMetric: '100' }, bridge),
  networkd: (files, bridge) => handNetworkd(SEEN, { files, clientId: CLIENT_ID }, bridge),
}

for (const name of readdirSync(GOLDEN))
  test(`${name}: as it stands, and back again`, () => {
    const before = readFiles(readFileSync(join(GOLDEN, name, 'before'), 'utf8'))
    const hand = HAND[name.split('-')[0] ?? '']
    assert.ok(hand, name)
    const { changes, states, refused, tell } = hand(before, bridgeOf(name))
    const all = [...changes, ...states]
    const after = apply(before, all)
    const said = refused === undefined ? '' : `refused: ${refused.message}\ntry: ${refused.hint}\n`
    // The functions of a shell script are the same everywhere.
    const told = tell === undefined ? '' : `then: ${tell.join(' ').replace(/^sh -c .*\n}\n/s, '')}\n`
    assertGolden(join(GOLDEN, name, 'after'), `${writeFiles(after)}${said}${told}`)
    assert.equal(writeFiles(apply(after, all.map(reversed))), writeFiles(before))
  })

/** Where the case says `--address ...` as one types it, the bridge has another address than the NIC. */
function bridgeOf(name: string): KeptBridge {
  const file = join(GOLDEN, name, 'wanted')
  if (!existsSync(file)) return BRIDGE
  const words = readFileSync(file, 'utf8').trim().split(/\s+/)
  const after = (flag: string): string[] =>
    words.flatMap((_, at) => (words[at - 1] === flag ? (words[at] ?? '') : []))
  const wanted = parseWantedAddress({
    address: after('--address'),
    gateway: after('--gateway'),
    dns: after('--dns'),
  })
  assert.ok(wanted)
  return { ...BRIDGE, address: wanted }
}

/** `==> /etc/network/interfaces <==`, then what it says. */
function readFiles(text: string): SeenFile[] {
  return text
    .split(/^==> /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf(' <==\n')
      return { path: part.slice(0, end), content: part.slice(end + ' <==\n'.length), mode: 0o644 }
    })
}

const writeFiles = (files: readonly SeenFile[]): string =>
  files.map(({ path, content }) => `==> ${path} <==\n${content}`).join('')

function apply(files: readonly SeenFile[], changes: readonly FileChange[]): SeenFile[] {
  const found = new Map(files.map((file) => [file.path, file]))
  for (const { path, before, after, mode } of changes) {
    assert.equal(found.get(path)?.content, before, path)
    if (after === undefined) found.delete(path)
    else found.set(path, { path, content: after, mode })
  }
  return [...found.values()]
}
