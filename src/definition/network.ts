/** Network definitions as text: libvirt's XML, weft's YAML, JSON; recognised, read and written back. */
import type { NetworkDraft } from '../core/network/draft.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import { invalidDefinition } from '../core/errors.ts'

export type DefinitionFormat = 'xml' | 'yaml' | 'json'

export interface ReadOptions {
  /** Recognised when not named. */
  readonly format?: DefinitionFormat | undefined
  /** The file's name, for messages. */
  readonly source?: string | undefined
}

/** Throws 'invalid-definition' with every problem and its place. */
export function readNetworkDefinition(_text: string, options: ReadOptions = {}): Promise<NetworkDraft> {
  return Promise.reject(invalidDefinition(options.source ?? 'the definition', []))
}

export function formatNetwork(_spec: NetworkSpec, _format: DefinitionFormat): Promise<string> {
  return Promise.resolve('')
}
