/** All rules that packets meet here: nft's, and those of the kernel's old tables where it has any. */
import type { LegacyText, RulesText } from '../core/host/ruleset/ruleset.ts'
import { readText } from './process-table.ts'
import { runCommand } from './run-command.ts'

export async function listRules(): Promise<RulesText> {
  const [{ stdout: nft }, legacy] = await Promise.all([
    runCommand(['nft', '-a', 'list', 'ruleset']),
    listOldTables(),
  ])
  return { nft, legacy }
}

export async function listOldTables(): Promise<LegacyText[]> {
  const both = [listLegacy('ip', 'iptables-legacy'), listLegacy('ip6', 'ip6tables-legacy')]
  return (await Promise.all(both)).flat()
}

/** The kernel lists the tables that somebody has asked for in this network namespace: mostly there is none, and nothing is run. */
async function listLegacy(family: LegacyText['family'], program: string): Promise<LegacyText[]> {
  const names = readText(`/proc/net/${family}_tables_names`) ?? ''
  const tables = names.split('\n').filter((name) => name !== '')
  if (tables.length === 0) return []
  try {
    const { stdout } = await runCommand([`${program}-save`])
    return [{ family, program, tables, saved: stdout }]
  } catch {
    return [{ family, program, tables, saved: undefined }]
  }
}
