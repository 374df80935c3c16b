/** What a running network keeps under /run: the definition it was started with, notes on its ports, dnsmasq's files. */
import type { HostFacts } from '../host/facts.ts'
import { networkLiveFile, networkRunDirectory } from '../host/paths.ts'
import type { Step } from '../plan/plan.ts'
import type { SeenHost } from './seen.ts'
import type { NetworkSpec } from './spec.ts'

/** dnsmasq reads its files here again after it has given up root. */
const DIRECTORY_MODE = 0o755
export const FILE_MODE = 0o644

export function runDirectorySteps(wanted: NetworkSpec, seen: SeenHost, facts: HostFacts): Step[] {
  const path = networkLiveFile(facts.paths, wanted.name)
  const content = formatLiveNetwork(wanted)
  const before = seen.files.get(path)
  const directory = networkRunDirectory(facts.paths, wanted.name)
  const make: Step = {
    reason: `what is generated for ${wanted.name} has a place of its own`,
    do: { kind: 'mkdir', path: `${directory}/ports`, mode: DIRECTORY_MODE },
    undo: { kind: 'remove', path: directory },
  }
  const write: Step = {
    reason: `${wanted.name} runs with this definition until it is stopped, whatever is defined meanwhile`,
    do: { kind: 'write', path, content, mode: FILE_MODE },
    undo:
      before === undefined
        ? { kind: 'remove', path }
        : { kind: 'write', path, content: before, mode: FILE_MODE },
  }
  return [...(before === undefined ? [make] : []), ...(before === content ? [] : [write])]
}

/** The text of live.json. */
export function formatLiveNetwork(network: NetworkSpec): string {
  return `${JSON.stringify(network, null, 2)}\n`
}
