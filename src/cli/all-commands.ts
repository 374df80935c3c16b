/** Every declaration, for help and the reference: loads all command files, so never on the way of an ordinary command. */
import { COMMANDS } from './command-table.ts'
import type { Command } from './declare.ts'

export async function loadAllCommands(): Promise<Command[]> {
  const modules = await Promise.all(Object.values(COMMANDS).map((load) => load()))
  return modules.map(({ command }) => command)
}
