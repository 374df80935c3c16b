/** Images over HTTP. */
import type { JsonRoute } from '../../api/contract.ts'
import type { ImageView } from '../../api/views.ts'
import { listAvailable, listImages, showImage, type ImageState } from '../../app/image-state.ts'
import { deleteImage, importImage } from '../../app/images.ts'
import { pullImage } from '../../app/pull-image.ts'
import type { CatalogueEntry } from '../../core/image/catalogue.ts'
import { SHORT_DIGEST } from '../../core/image/image.ts'
import { changeView } from '../handler.ts'
import type { Handlers } from '../handler.ts'

type ImageRoute = Extract<JsonRoute, `${string}Image${string}`>

export const imageHandlers = {
  listImages: async ({ app, query }) => {
    const here = (await listImages(app)).map(hereView)
    return query.available === true ? [...here, ...(await listAvailable(app)).map(availableView)] : here
  },
  showImage: async ({ app, params }) => {
    const image = await showImage(app, params.name)
    return 'record' in image ? hereView(image) : availableView(image)
  },
  pullImage: ({ app, params, query, request }) =>
    changeView(pullImage(app, params.name, { ...request, isUnchecked: query.insecure ?? false })),
  importImage: ({ app, body, request }) => changeView(importImage(app, body, request)),
  deleteImage: ({ app, params, request }) => changeView(deleteImage(app, params.name, request)),
} as const satisfies Handlers<ImageRoute>

function hereView({ record, path, users }: ImageState): ImageView {
  const { names, user, minimumDisk, checked, ...rest } = record
  const [name = record.digest.slice(0, SHORT_DIGEST), ...aliases] = names
  return {
    ...rest,
    name,
    aliases,
    state: 'here',
    path,
    user: user ?? null,
    minimumDisk: minimumDisk ?? null,
    checked: checked ?? null,
    users,
  }
}

function availableView({
  name,
  aliases,
  title,
  kind,
  arch,
  url,
  user,
  minimumDisk,
}: CatalogueEntry): ImageView {
  return {
    ...{ name, aliases, title, kind, arch, state: 'available', from: url },
    ...{ digest: null, format: null, size: null, bytes: null, path: null, checked: null, since: null },
    user: user ?? null,
    minimumDisk: minimumDisk ?? null,
    users: [],
  }
}
