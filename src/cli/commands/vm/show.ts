/** weft vm show */
import type { VmView } from '../../../api/views.ts'
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { hardwareFacts, sizeFacts } from '../../views/hardware.ts'
import { formatFacts } from '../../views/table.ts'

export const command = declareCommand(
  {
    words: 'vm show',
    summary: 'show one machine, or the QEMU command that runs it',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {
      xml: { kind: 'switch', summary: 'print it as libvirt XML: as it runs, or else as it is defined' },
      yaml: { kind: 'switch', summary: 'print it as YAML' },
      'json-definition': { kind: 'switch', summary: 'print it as JSON that weft vm define takes' },
      inactive: { kind: 'switch', summary: 'with --xml and the like: as it is defined, also while it runs' },
      command: { kind: 'switch', summary: 'print the full qemu-system-x86_64 line' },
    },
    examples: [
      ['weft vm show web', 'its state, devices and addresses'],
      ['weft vm show web --xml --inactive > web.xml', 'its definition, to change it and define it again'],
      ['weft vm show web --command', 'what a person would type to run it'],
    ],
    changes: false,
  },
  async ({ arguments: { VM: name }, flags }, door) => {
    if (flags.command) {
      const command = await ask(door, 'vmCommand', { params: { name } })
      door.show(command, `${command.line}\n`)
      return
    }
    const format = flags.xml
      ? ('xml' as const)
      : flags.yaml
        ? ('yaml' as const)
        : flags['json-definition']
          ? ('json' as const)
          : undefined
    if (format !== undefined) {
      const query = { format, ...(flags.inactive ? { inactive: true } : {}) }
      const definition = await ask(door, 'vmDefinition', { params: { name }, query })
      door.show(definition, definition.text)
      return
    }
    const vm = await ask(door, 'showVm', { params: { name } })
    door.show(vm, formatVm(vm))
  },
)

function formatVm(vm: VmView): string {
  return formatFacts([
    ['Name', vm.name],
    ['UUID', vm.uuid],
    ['State', state(vm)],
    ['Persistent', vm.isTransient ? 'no' : 'yes'],
    ['Autostart', vm.isAutostarted ? 'yes' : 'no'],
    ...sizeFacts(vm),
    ...hardwareFacts(vm.hardware),
    ['Accelerator', accelerator(vm)],
    ...vm.disks.map((path) => ['Disk', path] as const),
    ...vm.cdroms.map((path) => ['CD', path === '' ? '(empty)' : path] as const),
    ...cloudInitFacts(vm),
    ...vm.nics.map((nic) => {
      const where = nic.interface === null ? nic.network : `${nic.network} through ${nic.interface}`
      return ['NIC', `${nic.mac} on ${where}${nic.ip === null ? '' : `, ${nic.ip}`}`] as const
    }),
  ])
}

function cloudInitFacts({ cloudInit }: VmView): (readonly [string, string])[] {
  if (cloudInit === null) return []
  const { user, hostName, sshKeys, hasUserData } = cloudInit
  const names = sshKeys.map((key) => key.split(' ').slice(2).join(' ') || `${key.slice(0, 24)}...`)
  return [
    ['Host name', hostName],
    ['Log in as', `${user}${names.length === 0 ? '' : ` with the key ${names.join(', ')}`}`],
    ...(hasUserData ? [['User-data', 'as given'] as const] : []),
  ]
}

function state({ state: word, stateBecause: because, pid }: VmView): string {
  const process = pid === null ? '' : ` (process ${String(pid)})`
  return `${word}${process}${because === null ? '' : `: ${because}`}`
}

function accelerator({ accelerator: kind, acceleratorBecause: because }: VmView): string {
  return kind === null ? '-' : because === null ? kind : `${kind}: ${because}`
}
