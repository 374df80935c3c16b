/** What a running network keeps under /run: the definition it was started with, notes on its ports, dnsmasq's files. */
import type { HostFacts } from '../../host/facts.ts'
import { networkLiveFile, networkRunDirectory } from '../../host/paths.ts'
import type { Step } from '../../plan/plan.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'

/** dnsmasq reads its files here again after it has given up root. */
const DIRECTORY_MODE = 0o755
export const FILE_MODE = 0o644

export function runDirectorySteps(wanted: NetworkSpec, seen: SeenHost, facts: HostFacts): Step[] {
  if (seen.files.has(networkLiveFile(facts.paths, wanted.name))) return []
  const directory = networkRunDirectory(facts.paths, wanted.name)
  return [
    {
      reason: `what is generated for ${wanted.name} has a place of its own`,
      do: { kind: 'mkdir', path: `${directory}/ports`, mode: DIRECTORY_MODE },
      undo: { kind: 'remove', path: directory },
    },
  ]
}

/**
 * The last step of a start and the first of a stop: from here on until then the network is meant to run, and whoever takes a part of it
 * away sees it come back.
 */
export function liveSteps(wanted: NetworkSpec, seen: SeenHost, facts: HostFacts): Step[] {
  const path = networkLiveFile(facts.paths, wanted.name)
  const content = formatLiveNetwork(wanted)
  const before = seen.files.get(path)
  if (before === content) return []
  return [
    {
      reason: `${wanted.name} runs with this definition until it is stopped, whatever is defined meanwhile`,
      do: { kind: 'write', path, content, mode: FILE_MODE },
      undo:
        before === undefined
          ? { kind: 'remove', path }
          : { kind: 'write', path, content: before, mode: FILE_MODE },
    },
  ]
}

/** The text of live.json. */
export function formatLiveNetwork(network: NetworkSpec): string {
  return `${JSON.stringify(network, null, 2)}\n`
}
