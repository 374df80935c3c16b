/** A rule as the statements that nft's words make: what the packet is asked, and what becomes of it. */
import type { Field } from './fields.ts'
import type { Pattern } from './patterns.ts'

export type Operator = '' | '!' | '!=' | '<' | '>' | '<=' | '>='

/** One or more fields, with the bits that count where not all do. */
export interface Key {
  readonly fields: readonly Field[]
  readonly mask?: bigint
}

/** Patterns by the key's fields; what is not understood is undefined. */
export interface Element {
  readonly text: string
  readonly patterns: readonly (Pattern | undefined)[]
  /** What a map has for it. */
  readonly data: readonly string[]
}

/** A set by its name, the elements themselves, or bits. */
export type Elements = { readonly set: string } | { readonly elements: readonly Element[] }
export type Right = Elements | { readonly bits: bigint; readonly isList: boolean }

export type Ending =
  | { readonly to: 'accept' | 'drop' | 'reject' | 'return' | 'continue' }
  | { readonly to: 'jump' | 'goto'; readonly chain: string }
  /** It may be any of them. */
  | { readonly to: 'unknown' }

export interface Target {
  /** A key whose map says where to. */
  readonly map?: { readonly key: Key; readonly elements: Elements }
  readonly words?: readonly string[]
}

export type Statement =
  | { readonly kind: 'match'; readonly key: Key; readonly operator: Operator; readonly right: Right }
  | { readonly kind: 'ending'; readonly ending: Ending }
  | { readonly kind: 'vmap'; readonly key: Key; readonly elements: Elements }
  | {
      readonly kind: 'nat'
      readonly how: 'dnat' | 'snat' | 'masquerade' | 'redirect'
      readonly family?: 'ip' | 'ip6'
      readonly target: Target
    }
  /** Undefined: to what is not known. */
  | { readonly kind: 'mark'; readonly of: 'mark' | 'ctMark'; readonly change: MarkChange | undefined }
  | { readonly kind: 'untrack' }
  /** Needs its key to be there, and changes nothing that is asked for again. */
  | { readonly kind: 'update'; readonly set: string; readonly key: Key }
  /** Whether the packet matches nobody knows. */
  | { readonly kind: 'puzzle' }

/** `mark & keep ^ flip`; from the connection's where it says so. */
export interface MarkChange {
  readonly from: 'mark' | 'ctMark'
  readonly keep: bigint
  readonly flip: bigint
}
