/** Domains as virt-install and libvirt 9.0 write them, each beside the machine it becomes and what is told of it. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { assertGoldenFolder } from '../../../../test/support/golden.ts'
import { omit } from '../../../core/vm/omit.ts'
import { parseDomainXml } from './domain.ts'

const folder = join(import.meta.dirname, 'foreign-corpus')

async function told(file: string): Promise<string> {
  const result = await parseDomainXml(readFileSync(join(folder, file), 'utf8'), true)
  if ('problems' in result)
    return assert.fail(
      `${file}: ${result.problems.map(({ line, message }) => `${String(line)} ${message}`).join('\n')}`,
    )
  const machine = omit(result.definition, 'places', 'kept')
  return `${result.notes.map((note) => `${note}\n`).join('')}\n${JSON.stringify(machine, null, 2)}\n`
}

test('domains of libvirt become machines', async () => {
  const files = readdirSync(folder)
  assert.ok(files.length >= 10)
  const golden = await Promise.all(
    files.map(async (file) => [file.replace('.xml', '.txt'), await told(file)] as const),
  )
  assertGoldenFolder(join(import.meta.dirname, 'foreign-golden'), Object.fromEntries(golden))
})

const domain = (devices: string, more = ''): string => `<domain type='kvm'>
<name>web</name><memory>1048576</memory>
<os><type arch='x86_64' machine='pc'>hvm</type></os>${more}
<devices>${devices}</devices></domain>`

test('what matters is refused by the name of its element, in imports as well', async () => {
  const devices = `<hostdev mode='subsystem' type='usb'/>
<disk type='network' device='disk'><source protocol='rbd' name='a'/><target dev='vda' bus='virtio'/></disk>
<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='xen'/><shareable/></disk>
<watchdog model='i6300esb'/><interface type='network'><source network='a'/><virtualport type='openvswitch'/></interface>`
  const result = await parseDomainXml(domain(devices, '<launchSecurity type="sev"/>'), true)
  assert.ok('problems' in result)
  const messages = result.problems.map(({ line, message }) => `${String(line)} ${message}`).join('\n')
  for (const name of ['launchSecurity', 'shareable', 'watchdog', 'virtualport'])
    assert.match(messages, new RegExp(`<${name}> in <\\w+> is not supported`))
  assert.match(messages, /5 a disk of type 'network' is not supported/)
  assert.match(messages, /6 bus 'xen' is not supported/)
})

test('a definition written for weft is read as it stands', async () => {
  const igb = domain("<interface type='network'><source network='a'/><model type='igb'/></interface>")
  assert.ok('problems' in (await parseDomainXml(igb)))
  const imported = await parseDomainXml(igb, true)
  assert.ok('definition' in imported)
  assert.deepEqual(imported.notes, ["<model type='igb'> in line 4: weft has no such card: an e1000e instead"])
})
