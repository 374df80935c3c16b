/** What a machine's firmware needs of this host: its files are found when the machine is created, its memory is made before it starts. */
import { nvramFile } from '../core/host/paths.ts'
import type { Step } from '../core/plan/plan.ts'
import type { VmDraft } from '../core/vm/draft.ts'
import { chooseFirmware, FIRMWARE_DIRECTORIES, nvramSteps, type FirmwareSpec } from '../core/vm/firmware.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import type { App } from './ports.ts'

/** Throws what to install. */
export async function findFirmware(
  app: App,
  { firmware = 'bios', machine = 'q35' }: VmDraft,
): Promise<{ readonly firmware?: FirmwareSpec }> {
  if (firmware === 'bios') return {}
  const found = await Promise.all(
    FIRMWARE_DIRECTORIES.map(async (directory) =>
      (await app.images.list(directory)).map((file) => ({ file, path: `${directory}/${file}` })),
    ),
  )
  const files = found.flat().filter(({ file }) => file.endsWith('.json'))
  // The number in front of a descriptor's name is its place among all.
  files.sort((a, b) => (a.file < b.file ? -1 : 1))
  const texts = await Promise.all(files.map(({ path }) => app.host.readTextFile(path)))
  const descriptors = texts.filter((text) => text !== undefined)
  return { firmware: chooseFirmware(firmware, machine, descriptors) }
}

export async function planNvram(app: App, spec: VmSpec): Promise<Step[]> {
  if (spec.firmware === undefined) return []
  const seen = await app.host.inspectFile(nvramFile(app.facts.paths, spec.name))
  return nvramSteps(spec, seen !== undefined, app.facts)
}
