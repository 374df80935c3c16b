/** The catalogue of images: what weft comes with, and what the administrator has put beside it. Read each time it is asked for. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CatalogueEntry } from '../core/image/catalogue.ts'
import type { Paths } from '../core/host/paths.ts'

export async function readCatalogueFiles({ etc }: Paths): Promise<readonly CatalogueEntry[]> {
  const [{ SHIPPED }, { mergeCatalogues }, { readCatalogue }] = await Promise.all([
    import('../core/image/shipped.ts'),
    import('../core/image/catalogue.ts'),
    import('../definition/catalogue.ts'),
  ])
  const own: CatalogueEntry[] = []
  for (const file of listFiles(etc)) {
    const path = join(etc, file)
    own.push(...(await readCatalogue(readFileSync(path, 'utf8'), path)))
  }
  return mergeCatalogues(own, SHIPPED)
}

/** images.yaml, images-lab.json: in their order. */
function listFiles(etc: string): string[] {
  return readdirSync(etc)
    .filter((file) => /^images.*\.(json|ya?ml)$/.test(file))
    .sort()
}
