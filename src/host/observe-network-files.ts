/** What weft generated for its networks, and whether their dnsmasq runs. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  BORROWED,
  borrowedMark,
  dnsmasqFiles,
  keptAddressesFile,
  leaseFile,
  networkRunDirectory,
  type Paths,
} from '../core/host/paths.ts'
import { findByPidFile, readText } from './process-table.ts'

/** Absolute path → content of every file in the networks' run directories, with their leases and the addresses that are kept. */
export function readGeneratedFiles(paths: Paths, networks: readonly string[]): Map<string, string> {
  const files = new Map<string, string>()
  for (const network of networks) {
    const directory = networkRunDirectory(paths, network)
    const lasting = [keptAddressesFile(paths, network), leaseFile(paths, network)]
    const own = [
      borrowedMark(paths, network),
      ...listPaths(directory),
      ...listPaths(join(directory, 'ports')),
    ]
    for (const path of [...own, ...lasting]) {
      const content = readText(path)
      if (content !== undefined) files.set(path, content)
    }
  }
  return files
}

/** Those whose mark is there. */
export function borrowedNetworks({ run }: Paths): string[] {
  return listDirectory(run).flatMap((file) =>
    file.endsWith(BORROWED) ? [file.slice(0, -BORROWED.length)] : [],
  )
}

export function dnsmasqPid(paths: Paths, network: string): number | undefined {
  const { pid, conf } = dnsmasqFiles(paths, network)
  return findByPidFile(pid, conf)
}

function listPaths(directory: string): string[] {
  return listDirectory(directory).map((name) => join(directory, name))
}

export function listDirectory(path: string): string[] {
  try {
    return readdirSync(path).sort()
  } catch {
    return []
  }
}
