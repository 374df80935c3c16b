/** QEMU's own words for a machine: definitions made of a line, and the line that a definition would be started with. */
import { wantedVm } from '../../app/define-vm.ts'
import { commandLineOf } from '../../app/vm-state.ts'
import { nvramFile } from '../../core/host/paths.ts'
import { readVmImport } from '../../definition/import.ts'
import { readVmDefinition } from '../../definition/vm.ts'
import { formatDomainXml } from '../xml/domain/domain.ts'
import { fail } from './failures.ts'
import type { Handlers } from './handler.ts'

const FORMAT = 'qemu-argv'
/** What a line without -name makes. */
const UNNAMED = 'unnamed'

export const NATIVE_HANDLERS = {
  CONNECT_DOMAIN_XML_FROM_NATIVE: async ({ app }, { nativeFormat, nativeConfig }) => {
    refuseOther(nativeFormat)
    const named = /(^|\s)-name\s/.test(nativeConfig) ? {} : { name: UNNAMED }
    const given = await readVmImport({ text: nativeConfig, from: 'command', ...named })
    const { spec } = await wantedVm(app, given)
    return { domainXml: formatDomainXml(spec, { nvram: nvramFile(app.facts.paths, spec.name) }) }
  },
  CONNECT_DOMAIN_XML_TO_NATIVE: async ({ app }, { nativeFormat, domainXml }) => {
    refuseOther(nativeFormat)
    const { spec } = await wantedVm(app, await readVmDefinition(domainXml, undefined))
    const words = await commandLineOf(app, spec)
    return { nativeConfig: words.map(quoted).join(' ') }
  },
} as const satisfies Partial<Handlers<'CONNECT_DOMAIN_XML_FROM_NATIVE' | 'CONNECT_DOMAIN_XML_TO_NATIVE'>>

function refuseOther(format: string): void {
  if (format !== FORMAT) throw fail('invalidArgument', 'qemu', `unsupported config type ${format}`)
}

/** For a shell. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
