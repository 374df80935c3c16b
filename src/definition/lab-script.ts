/** What applying a lab does as a script of weft's own commands, and the definitions before and after. */
import type { NetworkSpec } from '../core/network/spec.ts'
import { withoutSecrets } from '../core/vm/cloud-init.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { lineDiff } from './line-diff.ts'
import { formatMachine } from './machine-yaml.ts'
import { formatNetwork } from './network.ts'

type Definition = { readonly network: NetworkSpec } | { readonly machine: VmSpec }

export interface Typed {
  readonly typed: string
  readonly input?: Definition
}

/** Each command stands for its own plan, which is made of what the ones before it have made of the host. */
export async function formatScript(
  title: string,
  { inOrder, starts }: { readonly inOrder: readonly Typed[]; readonly starts: readonly Typed[] },
): Promise<string> {
  const head = `#!/bin/sh\n# ${title}: the same by hand, each by itself\nset -e\n`
  const lines = await Promise.all([...inOrder, ...starts].map(formatTyped))
  return `${[head, ...lines].join('\n')}\n`
}

async function formatTyped({ typed, input }: Typed): Promise<string> {
  return input === undefined ? typed : `${typed} <<'EOF'\n${await formatDefinition(input)}EOF`
}

const formatDefinition = (definition: Definition): Promise<string> =>
  'network' in definition
    ? formatNetwork(definition.network, 'yaml')
    : formatMachine(withoutSecrets(definition.machine), 'yaml')

export type Pair = { readonly name: string } & (
  | { readonly kind: 'network'; readonly before?: NetworkSpec | undefined; readonly after?: NetworkSpec }
  | { readonly kind: 'machine'; readonly before?: VmSpec | undefined; readonly after?: VmSpec }
)

/** A heading for each part that differs, and its lines: with ' ', '-' or '+' in front. */
export async function formatPairs(pairs: readonly Pair[]): Promise<string[]> {
  const parts = await Promise.all(
    pairs.map(async (pair) => {
      const [before, after] = await Promise.all([textOf(pair, pair.before), textOf(pair, pair.after)])
      const lines = lineDiff(before, after)
      return lines.length === 0 ? [] : [`${pair.kind} ${pair.name}`, ...lines]
    }),
  )
  return parts.flat()
}

async function textOf({ kind }: Pair, spec: NetworkSpec | VmSpec | undefined): Promise<string[]> {
  if (spec === undefined) return []
  const definition = kind === 'network' ? { network: spec as NetworkSpec } : { machine: spec as VmSpec }
  return (await formatDefinition(definition)).trimEnd().split('\n')
}
