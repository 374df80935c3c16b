/** What weft generated for its networks, and whether their dnsmasq runs. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { networkRunDirectory, type Paths } from '../core/host/paths.ts'
import { findByPidFile, readText } from './process-table.ts'

/** Absolute path → content of every file in the networks' run directories. */
export function readGeneratedFiles(paths: Paths, networks: readonly string[]): Map<string, string> {
  const files = new Map<string, string>()
  for (const network of networks) {
    const directory = networkRunDirectory(paths, network)
    for (const name of listDirectory(directory)) {
      const path = join(directory, name)
      const content = readText(path)
      if (content !== undefined) files.set(path, content)
    }
  }
  return files
}

export function dnsmasqPid(paths: Paths, network: string): number | undefined {
  const directory = networkRunDirectory(paths, network)
  return findByPidFile(`${directory}/dnsmasq.pid`, `${directory}/dnsmasq.conf`)
}

export function listDirectory(path: string): string[] {
  try {
    return readdirSync(path).sort()
  } catch {
    return []
  }
}
