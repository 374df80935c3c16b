/** Secrets over HTTP. */
import type { SecretView } from '../../api/secret-contract.ts'
import {
  defineSecret,
  findSecret,
  listSecrets,
  readSecret,
  setSecret,
  undefineSecret,
} from '../../app/secrets.ts'
import type { App } from '../../app/ports.ts'
import { fromBase64 } from '../../core/base64.ts'
import { WeftError } from '../../core/errors.ts'
import type { SecretSpec } from '../../core/storage/secret.ts'
import { changeView } from '../handler.ts'
import type { Handlers } from '../handler.ts'

export const secretHandlers = {
  listSecrets: ({ app }) => Promise.all(listSecrets(app).map((secret) => secretView(app, secret))),
  showSecret: ({ app, params }) => secretView(app, findSecret(app, params.secret)),
  readSecret: async ({ app, params }) => {
    const secret = findSecret(app, params.secret)
    const { uuid } = secret
    if (secret.isPrivate)
      throw new WeftError('not-permitted', `secret '${uuid}' is private: nobody is told what it says`)
    const value = await readSecret(app, secret)
    if (value !== undefined) return { value: Buffer.from(value).toString('base64') }
    throw new WeftError('wrong-state', `secret '${uuid}' says nothing yet`, {
      hint: `weft secret set ${uuid} FILE`,
    })
  },
  defineSecret: ({ app, body, request }) => {
    const { uuid = app.chance.uuid(), use = 'none', id = '', description } = body
    const more = description === undefined ? {} : { description }
    const is = { isPrivate: body.private === true, isEphemeral: body.ephemeral === true }
    return changeView(defineSecret(app, { uuid, use, id, ...more, ...is }, request))
  },
  setSecret: ({ app, params, body, request }) =>
    changeView(setSecret(app, findSecret(app, params.secret).uuid, bytesOf(body.value), request)),
  deleteSecret: ({ app, params, request }) =>
    changeView(undefineSecret(app, findSecret(app, params.secret).uuid, request)),
} as const satisfies Handlers<
  'listSecrets' | 'showSecret' | 'readSecret' | 'defineSecret' | 'setSecret' | 'deleteSecret'
>

/** As many as libvirt's protocol carries. */
const LIMIT = 65_536

function bytesOf(value: string): Uint8Array {
  const bytes = isBase64(value) ? fromBase64(value) : undefined
  if (bytes !== undefined && bytes.length <= LIMIT) return bytes
  throw new WeftError(
    'invalid-argument',
    bytes === undefined ? 'the value is no base64' : `a secret says ${String(LIMIT)} bytes at most`,
    { hint: 'weft secret set SECRET FILE' },
  )
}

const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)

async function secretView(app: App, secret: SecretSpec): Promise<SecretView> {
  const { uuid, use, id, description = null, isPrivate, isEphemeral } = secret
  const hasValue = (await readSecret(app, secret)) !== undefined
  return { uuid, use, id, description, isPrivate, isEphemeral, hasValue }
}
