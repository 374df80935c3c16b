/** This Linux machine as the use cases see it: looked at, changed and compared through a few long-lived helpers. */
import type { Host } from '../app/ports.ts'
import type { Acceleration, HostFacts } from '../core/host/facts.ts'
import { inspectFile } from './files.ts'
import { createIpShell } from './ip-shell.ts'
import { createNftShell } from './nft-shell.ts'
import { observeHost } from './observe-host.ts'
import { performAction, type QmpCommand } from './perform-action.ts'
import { readText } from './process-table.ts'
import { takeSnapshot } from './snapshot.ts'

export interface HostParts {
  readonly facts: HostFacts
  readonly qmp: QmpCommand
  readonly acceleration: () => Promise<Acceleration>
}

/** `close` ends the helpers; what they were told before is still done. */
export function createHost({ facts, qmp, acceleration }: HostParts): Host & { close(): void } {
  const ip = createIpShell()
  const nft = createNftShell()
  const eyes = { ip, nft, paths: facts.paths }
  const hands = { ip, nft, qmp, runDirectory: facts.paths.run }
  return {
    look: (networks) => observeHost(eyes, networks),
    perform: (action) => performAction(hands, action),
    snapshot: () => takeSnapshot(eyes),
    readTextFile: (path) => Promise.resolve(readText(path)),
    inspectFile: (path) => inspectFile(path, facts),
    acceleration,
    close() {
      ip.close()
      nft.close()
    },
  }
}
