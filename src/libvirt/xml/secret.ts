/** `<secret>`: what a text tells of one, and the text of one that is there. */
import { SECRET_USES, type SecretSpec, type SecretUse } from '../../core/storage/secret.ts'
import { escapeXml, firstStranger } from './element-shape.ts'
import { canonicalUuid, child, isUuid, textOf } from './pool.ts'
import { SECRET_ELEMENT } from './storage-element.ts'
import { parseXml } from './xml-tree.ts'

/** Where each use says what it is for. */
const ID_ELEMENTS: Readonly<Record<SecretUse, string>> = {
  none: '',
  volume: 'volume',
  ceph: 'name',
  iscsi: 'target',
  tls: 'name',
  vtpm: 'name',
}

const ID_WORDS: Readonly<Partial<Record<SecretUse, string>>> = { volume: 'path' }

/** One that libvirt does not count among errors of XML has another kind. */
export interface SecretMistake {
  readonly wrong: string
  readonly kind?: 'internal' | 'unsupportedConfig'
}

/** Without a UUID one is to be chosen. What is wrong is told in libvirt's words. */
export async function readSecretXml(
  text: string,
): Promise<(Omit<SecretSpec, 'uuid'> & { readonly uuid?: string }) | SecretMistake> {
  const parsed = await parseXml(text)
  if ('problem' in parsed)
    return { wrong: `(definition_of_secret):${String(parsed.problem.line ?? 1)}: ${parsed.problem.message}` }
  const { root } = parsed
  if (root.name !== 'secret') return { wrong: `unexpected root element <${root.name}>, expecting <secret>` }
  const truth = (name: string): boolean => root.attributes.find((each) => each.name === name)?.value === 'yes'
  const uuid = textOf(root, 'uuid')
  if (uuid !== undefined && !isUuid(uuid)) return { wrong: 'malformed uuid element' }
  const usage = child(root, 'usage')
  const word = usage?.attributes.find(({ name }) => name === 'type')?.value
  if (usage !== undefined && word === undefined) return { wrong: 'unknown secret usage type' }
  const use = SECRET_USES.find((each) => each === (word ?? 'none'))
  if (use === undefined)
    return { wrong: `unknown secret usage type ${word ?? ''}`, kind: 'unsupportedConfig' }
  const id = textOf(usage, ID_ELEMENTS[use])
  if (use !== 'none' && id === undefined)
    return {
      wrong: `${use} usage specified, but ${use} ${ID_WORDS[use] ?? ID_ELEMENTS[use]} is missing`,
      kind: 'internal',
    }
  const stranger = firstStranger(SECRET_ELEMENT, root)
  if (stranger !== undefined) return { wrong: stranger }
  const description = textOf(root, 'description')
  return {
    use,
    id: id ?? '',
    isPrivate: truth('private'),
    isEphemeral: truth('ephemeral'),
    ...(uuid === undefined ? {} : { uuid: canonicalUuid(uuid) }),
    ...(description === undefined ? {} : { description }),
  }
}

export function secretXml({ uuid, use, id, description, isPrivate, isEphemeral }: SecretSpec): string {
  const word = (is: boolean): string => (is ? 'yes' : 'no')
  const told = description === undefined ? '' : `  <description>${escapeXml(description)}</description>\n`
  const element = ID_ELEMENTS[use]
  const usage =
    use === 'none'
      ? ''
      : `  <usage type='${use}'>\n    <${element}>${escapeXml(id)}</${element}>\n  </usage>\n`
  return `<secret ephemeral='${word(isEphemeral)}' private='${word(isPrivate)}'>
  <uuid>${uuid}</uuid>
${told}${usage}</secret>
`
}
