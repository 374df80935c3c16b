/** Secrets, in libvirt's words; what a private one says is told to nobody. */
import { defineSecret, listSecrets, readSecret, setSecret, undefineSecret } from '../../app/secrets.ts'
import { SECRET_USES, type SecretSpec } from '../../core/storage/secret.ts'
import type { CallName } from '../wire/procedures.ts'
import type { SecretHandle } from '../wire/types.ts'
import { readSecretXml, secretXml } from '../xml/secret.ts'
import { fail } from './failures.ts'
import { select } from './filters.ts'
import type { Context, Handlers } from './handler.ts'

export const SECRET_HANDLERS = {
  CONNECT_LIST_ALL_SECRETS: ({ app }, { need_results, flags }) => {
    const found = select(listSecrets(app), flags, [
      { 1: ({ isEphemeral }) => isEphemeral, 2: ({ isEphemeral }) => !isEphemeral },
      { 4: ({ isPrivate }) => isPrivate, 8: ({ isPrivate }) => !isPrivate },
    ]).map(handleOf)
    return { secrets: need_results === 0 ? [] : found, ret: found.length }
  },
  CONNECT_NUM_OF_SECRETS: ({ app }) => ({ num: listSecrets(app).length }),
  CONNECT_LIST_SECRETS: ({ app }, { maxuuids }) => ({
    uuids: listSecrets(app)
      .map(({ uuid }) => uuid)
      .slice(0, maxuuids),
  }),
  SECRET_LOOKUP_BY_UUID: (context, { uuid }) => ({ secret: handleOf(secretOf(context, { uuid })) }),
  SECRET_LOOKUP_BY_USAGE: ({ app }, { usageType, usageID }) => {
    const use = SECRET_USES[usageType]
    const secret = listSecrets(app).find((each) => each.use === use && each.id === usageID)
    if (secret === undefined) throw fail('noSecret', 'secret', `no secret with matching usage '${usageID}'`)
    return { secret: handleOf(secret) }
  },
  SECRET_DEFINE_XML: async (context, { xml }) => {
    const { app, change } = context
    const read = await readSecretXml(xml)
    if ('wrong' in read) throw fail(read.kind ?? 'xml', 'secret', read.wrong)
    const wanted = { ...read, uuid: read.uuid ?? app.chance.uuid() }
    refuseOther(app, wanted)
    await defineSecret(app, wanted, change)
    return { secret: handleOf(wanted) }
  },
  SECRET_GET_XML_DESC: (context, { secret }) => ({ xml: secretXml(secretOf(context, secret)) }),
  SECRET_SET_VALUE: async (context, { secret, value }) => {
    await setSecret(context.app, secretOf(context, secret).uuid, value, context.change)
    return {}
  },
  SECRET_GET_VALUE: async (context, { secret }) => {
    const spec = secretOf(context, secret)
    if (spec.isPrivate) throw fail('invalidSecret', 'secret', 'secret is private')
    return { value: Buffer.from(await valueOf(context, spec)) }
  },
  SECRET_UNDEFINE: async (context, { secret }) => {
    await undefineSecret(context.app, secretOf(context, secret).uuid, context.change)
    return {}
  },
} as const satisfies Partial<Handlers<Extract<CallName, `${string}SECRET${string}`>>>

/** What weft itself needs it for is told it, private or not. */
export async function valueOf({ app }: Context, spec: SecretSpec): Promise<Uint8Array> {
  const value = await readSecret(app, spec)
  if (value === undefined) throw fail('noSecret', 'secret', `secret '${spec.uuid}' does not have a value`)
  return value
}

export function secretOf({ app }: Context, { uuid }: Pick<SecretHandle, 'uuid'>): SecretSpec {
  const secret = listSecrets(app).find((each) => each.uuid === uuid)
  if (secret === undefined) throw fail('noSecret', 'secret', `no secret with matching uuid '${uuid}'`)
  return secret
}

const handleOf = ({ uuid, use, id }: SecretSpec): SecretHandle => ({
  uuid,
  usageType: SECRET_USES.indexOf(use),
  usageID: id,
})

function refuseOther(app: Context['app'], wanted: SecretSpec): void {
  const all = listSecrets(app)
  const same = all.find(({ uuid }) => uuid === wanted.uuid)
  if (same !== undefined && (same.use !== wanted.use || same.id !== wanted.id))
    throw fail(
      'internal',
      'secret',
      `a secret with UUID ${same.uuid} is already defined for use with ${same.id}`,
    )
  if (same?.isPrivate === true && !wanted.isPrivate)
    throw fail('internal', 'secret', 'cannot change private flag on existing secret')
  const other = all.find(({ use, id }) => use !== 'none' && use === wanted.use && id === wanted.id)
  if (other !== undefined && other.uuid !== wanted.uuid)
    throw fail(
      'internal',
      'secret',
      `a secret with UUID ${other.uuid} already defined for use with ${other.id}`,
    )
}
