/** A secret of another manager's becomes one of weft's, with what it says. */
import type { FoundSecret } from '../../core/lab/installation.ts'
import { defineSecret, listSecrets, setSecret } from '../secrets.ts'
import type { Take } from './adopt-installation.ts'

export function takeSecret({ spec, value }: FoundSecret): Take {
  return async (app, request) => {
    const { uuid } = spec
    if (listSecrets(app).some((each) => each.uuid === uuid))
      return { action: 'keep', what: ['is here already, as weft has it'] }
    await defineSecret(app, spec, request)
    if (value === undefined)
      return { action: 'take', what: [`without its value: weft secret set ${uuid} FILE`] }
    await setSecret(app, uuid, value, request)
    return { action: 'take', what: [] }
  }
}
