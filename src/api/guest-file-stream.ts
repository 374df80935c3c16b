/** Files of guests, to weftd and from it. Through Node's http, loaded by who needs it. */
import { WeftError } from '../core/errors.ts'
import { pathOf } from './client.ts'
import type { Connection } from './client.ts'
import type { WrittenView } from './inside-views.ts'
import { openStream, sendStream } from './streams.ts'

export interface GuestPath {
  readonly name: string
  readonly path: string
}

/** Resolves when the guest has them; throws what `pieces` throws. */
export async function sendGuestFile(
  connection: Connection,
  { name, path, mode }: GuestPath & { readonly mode: string | undefined },
  pieces: AsyncIterable<Uint8Array>,
): Promise<WrittenView> {
  const target = pathOf('writeInVm', { name }, { path, mode })
  return (await sendStream(
    connection,
    { path: target, type: 'application/octet-stream' },
    pieces,
  )) as WrittenView
}

/** With its permissions in octal, where the guest tells them; the pieces throw when they are cut off before their end. */
export async function openGuestFile(
  connection: Connection,
  { name, path }: GuestPath,
): Promise<{ readonly mode: string | undefined; readonly pieces: AsyncIterable<Uint8Array> }> {
  const { signal } = new AbortController()
  const response = await openStream(
    connection,
    connection.socket,
    pathOf('readInVm', { name }, { path }),
    signal,
  )
  const mode = response.headers['x-weft-mode']
  return { mode: typeof mode === 'string' ? mode : undefined, pieces: untilCutOff(response, path) }
}

async function* untilCutOff(chunks: AsyncIterable<Uint8Array>, path: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of chunks) yield chunk
  } catch (cause) {
    throw new WeftError('conflict', `'${path}' was cut off`, {
      hint: 'the machine, its agent or weftd has ended meanwhile: look, and begin anew',
      cause,
    })
  }
}
