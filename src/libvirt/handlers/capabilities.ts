/** What this host and its QEMU can do, in libvirt's XML: only what they really have. */
import { machineFamily, type QemuMachines } from '../../core/vm/machine-type.ts'
import { escapeXml } from '../xml/element-shape.ts'
import type { NodeFacts } from './handler.ts'

const EMULATOR = '/usr/bin/qemu-system-x86_64'

export async function capabilitiesXml(node: NodeFacts): Promise<string> {
  const [types, hasKvm] = await Promise.all([node.machineTypes(), node.hasKvm()])
  const { sockets, coresPerSocket, threadsPerCore } = node.processors()
  const uuid = node.uuid()
  const domains = hasKvm ? ['qemu', 'kvm'] : ['qemu']
  const topology = `sockets='${String(sockets)}' dies='1' cores='${String(coresPerSocket)}' threads='${String(threadsPerCore)}'`
  return `<capabilities>

  <host>
${uuid === undefined ? '' : `    <uuid>${escapeXml(uuid)}</uuid>\n`}    <cpu>
      <arch>x86_64</arch>
      <topology ${topology}/>
    </cpu>
  </host>

  <guest>
    <os_type>hvm</os_type>
    <arch name='x86_64'>
      <wordsize>64</wordsize>
      <emulator>${EMULATOR}</emulator>
${machineLines(types)}${domains.map((type) => `      <domain type='${type}'/>\n`).join('')}    </arch>
    <features>
      <acpi default='on' toggle='yes'/>
      <apic default='on' toggle='no'/>
      <cpuselection/>
      <deviceboot/>
    </features>
  </guest>

</capabilities>
`
}

/** virsh and virt-install take the first for the usual one; one by its family's name says which version that is. */
function machineLines({ names, newest }: QemuMachines): string {
  const rank = (name: string): number => ['q35', 'pc', 'microvm'].indexOf(machineFamily(name) ?? '')
  const families = (['q35', 'pc'] as const).flatMap((family) => {
    const canonical = newest[family]
    return canonical === undefined ? [] : [`<machine canonical='${escapeXml(canonical)}'>${family}</machine>`]
  })
  const versions = names
    .filter((name) => rank(name) >= 0 && name !== 'q35' && name !== 'pc')
    .sort((a, b) => rank(a) - rank(b))
    .map((name) => `<machine>${escapeXml(name)}</machine>`)
  return [...families, ...versions].map((line) => `      ${line}\n`).join('')
}
