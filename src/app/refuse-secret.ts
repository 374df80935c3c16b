/** A secret that a definition names for an encrypted disk: it has to say the key that weft keeps of the disk. */
import { WeftError } from '../core/errors.ts'
import { diskKeyFile } from '../core/host/paths.ts'
import type { App } from './ports.ts'
import { getSecret, readSecret } from './secrets.ts'

/** Throws not-found, wrong-state or invalid-argument. */
export async function refuseOtherSecret(app: App, path: string, uuid: string): Promise<void> {
  const value = await readSecret(app, getSecret(app, uuid))
  if (value === undefined)
    throw new WeftError('wrong-state', `secret '${uuid}', which is to open '${path}', says nothing yet`, {
      hint: `weft secret set ${uuid} FILE`,
    })
  const key = await app.keys.read(diskKeyFile(app.facts.paths, path))
  if (key !== undefined && isSame(key, value)) return
  throw new WeftError('invalid-argument', `secret '${uuid}' does not say the key of '${path}'`, {
    hint: 'leave <secret> out: weft has kept the key of each disk since it was made',
  })
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at])
