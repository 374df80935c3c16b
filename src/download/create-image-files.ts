/** The files of images that are on their way. What takes part in fetching is loaded when somebody fetches. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ImageFiles } from '../app/image-ports.ts'
import type { HostFacts } from '../core/host/facts.ts'
import { imagePartDirectory } from '../core/host/paths.ts'

const COPY = 'copy-'

export function createImageFiles({ paths, qemuUser }: HostFacts): ImageFiles {
  const directory = imagePartDirectory(paths)
  let copies = 0
  return {
    async copy(order) {
      const { copyImage } = await import('./copy-file.ts')
      if (copies === 0) await removeCopies(directory)
      copies += 1
      return copyImage(order, `${directory}/${COPY}${String(copies)}`, qemuUser.owner)
    },
    async examine(order) {
      const { examineImage } = await import('./copy-file.ts')
      return examineImage(order)
    },
    async fetch(order) {
      const { fetchImage } = await import('./fetch-image.ts')
      return fetchImage(order, directory, qemuUser.owner)
    },
    async readText(url, signal) {
      const [{ readText }, { USUAL_PATIENCE }] = await Promise.all([
        import('./read-text.ts'),
        import('./download.ts'),
      ])
      return readText(url, USUAL_PATIENCE, signal)
    },
    discard: (path) => rm(path, { force: true }),
  }
}

/** Those of a weftd that was killed: nobody comes back for them. */
async function removeCopies(directory: string): Promise<void> {
  const copies = (await readdir(directory)).filter((name) => name.startsWith(COPY))
  for (const name of copies) await rm(join(directory, name), { force: true })
}
