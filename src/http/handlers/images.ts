/** Images over HTTP. */
import type { JsonRoute } from '../../api/contract.ts'
import type { ImageView } from '../../api/views.ts'
import { listImages, showImage, type ImageState } from '../../app/image-state.ts'
import { deleteImage, importImage } from '../../app/images.ts'
import { SHORT_DIGEST } from '../../core/image/image.ts'
import { changeView } from '../handler.ts'
import type { Handlers } from '../handler.ts'

type ImageRoute = Extract<JsonRoute, `${string}Image${string}`>

export const imageHandlers = {
  listImages: async ({ app }) => (await listImages(app)).map(hereView),
  showImage: async ({ app, params }) => hereView(await showImage(app, params.name)),
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
