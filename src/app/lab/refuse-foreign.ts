/** A lab touches what is its own: names of others are refused, and those of nobody unless they are adopted. */
import { WeftError, type Problem } from '../../core/errors.ts'
import type { LabDraft, LabMembers } from '../../core/lab/record.ts'
import type { App } from '../ports.ts'

/** Names that another lab has, or that are there and nobody's; `networks` are all that run or are defined. */
export function refuseForeign(
  app: App,
  draft: LabDraft,
  { adopt, networks }: { readonly adopt: boolean; readonly networks: readonly string[] },
): void {
  const problems = [
    ...draft.networks.flatMap(({ draft: { name }, place }) =>
      foreign(app, { lab: draft.name, kind: 'networks', name, exists: networks.includes(name) }, adopt).map(
        (problem) => ({ ...problem, ...place }),
      ),
    ),
    ...draft.machines.flatMap(({ definition: { name }, place }) =>
      foreign(
        app,
        {
          lab: draft.name,
          kind: 'machines',
          name,
          exists: app.vms.find(name) !== undefined || app.machines.isRunning(name),
        },
        adopt,
      ).map((problem) => ({ ...problem, ...place })),
    ),
  ]
  if (problems.length === 0) return
  throw new WeftError('already-exists', `what lab '${draft.name}' names is there already, and not its own`, {
    problems,
    hint: 'other names, or --adopt for what belongs to no lab',
  })
}

interface Named {
  readonly lab: string
  readonly kind: keyof LabMembers
  readonly name: string
  readonly exists: boolean
}

function foreign(app: App, { lab, kind, name, exists }: Named, adopt: boolean): Problem[] {
  const owner = app.labs.list().find((each) => each[kind].includes(name))
  if (owner?.name === lab) return []
  const what = kind.slice(0, -1)
  if (owner !== undefined) return [{ path: name, message: `the ${what} belongs to lab '${owner.name}'` }]
  return exists && !adopt ? [{ path: name, message: `the ${what} exists and belongs to no lab` }] : []
}
