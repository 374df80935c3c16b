/** Which disks are a machine's own, and go with it when somebody says so; what others need stays. */
import { imageName, overlaysOf, type SeenImage } from './image-tree.ts'

export interface MachineDisk {
  readonly path: string
  readonly isReadOnly?: true
}

export interface OwnDisk extends SeenImage {
  readonly name: string
}

export interface DiskFate {
  readonly going: readonly OwnDisk[]
  /** With the reason, in words that follow "it stays: ". */
  readonly staying: readonly { readonly path: string; readonly because: string }[]
}

/** `others`: machines besides this one that name an image, by its identity. */
export function disksThatGo(
  disks: readonly MachineDisk[],
  images: readonly SeenImage[],
  others: ReadonlyMap<string, readonly string[]>,
): DiskFate {
  const judged = disks.map((disk) => ({ path: disk.path, ...judge(disk, images, others) }))
  let going = judged.flatMap(({ own }) => own ?? [])
  // One that begins with another of the same machine goes along with it; each that stays may keep the next.
  for (let before = -1; before !== going.length;) {
    before = going.length
    const gone = new Set(going.map(({ identity }) => identity))
    going = going.filter(({ identity }) =>
      overlaysOf(images, identity).every((overlay) => gone.has(overlay.identity)),
    )
  }
  const staying = judged.flatMap(({ path, own, because }) => {
    if (own === undefined) return [{ path, because }]
    if (going.includes(own)) return []
    const begins = overlaysOf(images, own.identity).map(imageName).join(', ')
    return [{ path, because: `${begins} begins with it` }]
  })
  return { going, staying }
}

type Judged = { readonly own: OwnDisk; readonly because: '' } | { readonly own?: undefined; because: string }

function judge(
  { path, isReadOnly }: MachineDisk,
  images: readonly SeenImage[],
  others: ReadonlyMap<string, readonly string[]>,
): Judged {
  const image = images.find((each) => each.path === path)
  if (image === undefined) return { because: 'there is no such file' }
  const { name, identity } = image
  if (name === undefined) return { because: 'it lies in no pool' }
  const [other] = others.get(identity) ?? []
  if (other !== undefined) return { because: `machine '${other}' has it too` }
  if (isReadOnly === true) return { because: 'the machine only reads it' }
  return { own: { ...image, name }, because: '' }
}
