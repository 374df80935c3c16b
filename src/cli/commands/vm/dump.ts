/** weft vm dump */
import type { DumpVm } from '../../../api/memory-contract.ts'
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { given, pathOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'vm dump',
    summary: 'write what a machine has in memory to a file, for a debugger',
    about:
      'What virsh dump --memory-only writes: a core that crash and gdb read. The machine stands still meanwhile, and goes on. ' +
      'Only root may read the file: passwords of the guest are in it.',
    arguments: [
      { name: 'VM', summary: 'its name', completes: 'vm' },
      { name: 'FILE', summary: 'the core', completes: 'file' },
    ],
    flags: {
      format: {
        kind: 'text',
        choices: ['elf', 'kdump-zlib', 'kdump-lzo', 'kdump-snappy'],
        value: 'FORMAT',
        summary: 'elf (usual), or compressed as kdump does: kdump-zlib, kdump-lzo, kdump-snappy',
      },
    },
    examples: [
      ['weft vm dump web /var/crash/web.core', 'then: crash vmlinux /var/crash/web.core'],
      ['weft vm dump web web.core --format kdump-zlib', 'smaller'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name, FILE: file }, flags: { format } }, door) => {
    const body: DumpVm = { to: pathOf(file, 'FILE'), ...given({ format: format as DumpVm['format'] }) }
    const dumped = `The memory of machine ${name} is in ${body.to}`
    return change(door, 'dumpVm', { params: { name }, body }, { dumped })
  },
)
