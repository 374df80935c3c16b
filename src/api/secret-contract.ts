/** Routes of secrets: passphrases kept for others, by UUID. What one says is told by one route only, and not to who may only look. */
import { change, look } from './route-kinds.ts'
import { array, boolean, nullable, object, oneOf, optional, string } from './shape.ts'

export type SecretUse = 'none' | 'volume' | 'ceph' | 'iscsi' | 'tls' | 'vtpm'

export interface SecretView {
  readonly uuid: string
  readonly use: SecretUse
  /** Empty without a use. */
  readonly id: string
  readonly description: string | null
  readonly isPrivate: boolean
  readonly isEphemeral: boolean
  readonly hasValue: boolean
}

export interface DefineSecretRequest {
  /** Absent: one is chosen. */
  readonly uuid?: string
  /** Absent: none. */
  readonly use?: SecretUse
  readonly id?: string
  readonly description?: string
  readonly private?: boolean
  readonly ephemeral?: boolean
}

export interface SecretValue {
  readonly value: string
}

const use = oneOf('none', 'volume', 'ceph', 'iscsi', 'tls', 'vtpm')
const isPrivate = boolean('nobody is told what it says')
const isEphemeral = boolean('gone when the host is')
/** It becomes the name of a file. */
const uuid = string({
  description: 'a UUID, in lower case',
  pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
})
const secret = string({ description: 'its UUID, or what it is for', minLength: 1, maxLength: 4096 })
const id = string({ description: 'what it is for: a path, a name', maxLength: 4096 })
const view = object<SecretView>(
  {
    uuid: string(),
    use,
    id: string({ description: 'what it is for' }),
    description: nullable(string()),
    isPrivate,
    isEphemeral,
    hasValue: boolean('somebody has said what it says'),
  },
  'Secret',
)
/** What is wrong with one is told without it: no shape tells that. */
const value = object<SecretValue>(
  { value: string({ description: 'what it says, as base64' }) },
  'SecretValue',
)

export const SECRET_ROUTES = {
  listSecrets: look('Secrets, without what they say', {}, array(view)),
  showSecret: look('One secret, without what it says', { secret }, view),
  readSecret: look('What a secret says that is not private', { secret }, value),
  defineSecret: change(
    'Keep a secret, which says nothing yet, or change what is told of one',
    {},
    object<DefineSecretRequest>(
      {
        uuid: optional(uuid),
        use: optional(use),
        id: optional(id),
        description: optional(string({ maxLength: 4096 })),
        private: optional(isPrivate),
        ephemeral: optional(isEphemeral),
      },
      'DefineSecret',
    ),
  ),
  setSecret: change('Have a secret say something', { secret }, value),
  deleteSecret: change('Forget a secret, and what it says', { secret }, undefined),
} as const
