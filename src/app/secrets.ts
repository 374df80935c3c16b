/** Secrets: kept for whoever may have them, as files of root's that no plan reads. */
import { WeftError } from '../core/errors.ts'
import { secretValueFile } from '../core/host/paths.ts'
import { lastingPlan, noUndo } from '../core/plan/plan.ts'
import type { SecretSpec } from '../core/storage/secret.ts'
import { carryOut, type Changed, type ChangeRequest, told } from './change.ts'
import { planDefinition, planForget } from './definitions.ts'
import type { WeftEvent } from './event-ports.ts'
import type { App, Store } from './ports.ts'

export const listSecrets = (app: App): SecretSpec[] => [...app.secrets.list(), ...app.briefSecrets.list()]

/** Throws not-found. */
export function getSecret(app: App, uuid: string): SecretSpec {
  const secret = listSecrets(app).find((each) => each.uuid === uuid)
  if (secret !== undefined) return secret
  throw new WeftError('not-found', `there is no secret '${uuid}'`)
}

/** By its UUID, or by what it is for where nothing else is for that. Throws not-found. */
export function findSecret(app: App, word: string): SecretSpec {
  const all = listSecrets(app)
  const named = all.filter(({ use, id }) => use !== 'none' && id === word)
  const found = all.find(({ uuid }) => uuid === word) ?? named[0]
  if (found !== undefined && (found.uuid === word || named.length === 1)) return found
  const message =
    found === undefined ? `there is no secret '${word}'` : `several secrets are for '${word}': name a UUID`
  throw new WeftError(found === undefined ? 'not-found' : 'invalid-argument', message, {
    hint: 'weft secret list',
  })
}

const storeOf = (app: App, { isEphemeral }: SecretSpec): Store<SecretSpec> =>
  isEphemeral ? app.briefSecrets : app.secrets

const valueFile = (app: App, { uuid, isEphemeral }: SecretSpec): string =>
  secretValueFile(app.facts.paths, uuid, isEphemeral)

/** Throws already-exists where its use has another one, wrong-state for what stays as it was defined. */
export function defineSecret(
  app: App,
  wanted: SecretSpec,
  request: ChangeRequest,
): Promise<Changed<'defined'>> {
  return app.queue.run('secrets', async () => {
    const { uuid, use, id, isEphemeral } = wanted
    if ((use === 'none') !== (id === ''))
      throw new WeftError(
        'invalid-argument',
        'a secret is for a kind of thing and one of that kind, or neither',
        {
          hint: 'weft secret define --use volume --id /srv/web.qcow2',
        },
      )
    const same = listSecrets(app).find((each) => each.uuid !== uuid && each.use === use && each.id === id)
    if (same !== undefined && use !== 'none')
      throw new WeftError('already-exists', `a secret with UUID ${same.uuid} is for '${id}' already`)
    const before = listSecrets(app).find((each) => each.uuid === uuid)
    if (before !== undefined && before.isEphemeral !== isEphemeral)
      throw new WeftError('wrong-state', `secret '${uuid}' cannot begin or cease to be ephemeral`)
    if (before !== undefined && (before.use !== use || before.id !== id))
      throw new WeftError('wrong-state', `secret '${uuid}' is for ${forWhat(before)}, and stays that`)
    if (before?.isPrivate === true && !wanted.isPrivate)
      throw new WeftError('wrong-state', `secret '${uuid}' is private, and stays that`)
    const store = storeOf(app, wanted)
    const changed = await carryOut(
      app,
      request,
      await planDefinition(app, store, wanted, `define secret '${uuid}'`),
      'defined',
      [`UUID: ${uuid}`],
    )
    if (!request.dryRun) await store.refresh(uuid)
    return told(app, changed, secretEvent(wanted, 'defined'))
  })
}

export function setSecret(
  app: App,
  uuid: string,
  value: Uint8Array,
  request: ChangeRequest,
): Promise<Changed<'set'>> {
  return app.queue.run('secrets', async () => {
    const secret = getSecret(app, uuid)
    const file = valueFile(app, secret)
    const isNew = (await app.keys.read(file)) === undefined
    const coming = await app.keys.bring(value)
    try {
      const plan = lastingPlan(`set secret '${uuid}'`, [
        {
          reason: 'what was given is kept where root alone reads it',
          do: { kind: 'run', argv: ['install', '-m', '0600', coming, file] },
          undo: isNew ? { kind: 'remove', path: file } : noUndo('what it said before is not kept'),
        },
      ])
      return told(app, await carryOut(app, request, plan, 'set'), secretEvent(secret, 'set'))
    } finally {
      await app.keys.discard(coming)
    }
  })
}

/** undefined: nobody has said yet what it says. Whether it may be told is for the caller to ask. */
export function readSecret(app: App, secret: SecretSpec): Promise<Uint8Array | undefined> {
  return app.keys.read(valueFile(app, secret))
}

export function undefineSecret(
  app: App,
  uuid: string,
  request: ChangeRequest,
): Promise<Changed<'undefined'>> {
  return app.queue.run('secrets', async () => {
    const secret = getSecret(app, uuid)
    const store = storeOf(app, secret)
    const plan = await planForget(app, store, secret, `undefine secret '${uuid}'`)
    const drop = {
      reason: 'what it says goes',
      do: { kind: 'remove', path: valueFile(app, secret) },
      undo: noUndo('what it said is gone'),
    } as const
    const changed = await carryOut(app, request, { ...plan, steps: [...plan.steps, drop] }, 'undefined')
    if (!request.dryRun) await store.refresh(uuid)
    return told(app, changed, secretEvent(secret, 'undefined'))
  })
}

const forWhat = ({ use, id }: SecretSpec): string => (use === 'none' ? 'nothing' : `${use} '${id}'`)

const secretEvent = (
  { uuid, use, id }: SecretSpec,
  what: (WeftEvent & { kind: 'secret' })['what'],
): WeftEvent => ({ kind: 'secret', uuid, what, use, id })
