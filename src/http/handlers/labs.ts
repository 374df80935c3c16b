/** Labs over HTTP: applied from a text, listed, and their revisions. */
import type { LabRevisionView } from '../../api/lab-contract.ts'
import { applyLab } from '../../app/lab/apply-lab.ts'
import { exportLab } from '../../app/lab/export-lab.ts'
import { labRevisions, listLabs } from '../../app/lab/lab-state.ts'
import { changeView } from '../handler.ts'
import type { Handlers } from '../handler.ts'

export const labHandlers = {
  listLabs: async ({ app }) =>
    (await listLabs(app)).map(({ name, revision, networks, machines, last }) => ({
      ...{ name, revision, networks, machines },
      at: last?.at ?? null,
      by: last?.by ?? null,
    })),
  applyLab: async ({ app, body, query, request }) => {
    const { readLab } = await import('../../definition/lab.ts')
    const draft = await readLab(body.text, body.source)
    const { diff = false, script = false, adopt = false, restart = false, deleteDisks = false } = query
    const applied = await applyLab(app, draft, { ...request, adopt, restart, deleteDisks })
    const { lab, revision, items, pairs, deeds, plan } = applied
    const { formatPairs, formatScript } = await import('../../definition/lab-script.ts')
    return {
      ...(await changeView(Promise.resolve(applied))),
      ...(request.dryRun ? { script: script ? await formatScript(plan.title, deeds) : '' } : {}),
      ...{ lab, revision, items },
      diff: diff ? await formatPairs(pairs) : [],
    }
  },
  exportLab: async ({ app, query }) => {
    const { formatLab } = await import('../../definition/lab-text.ts')
    const { format = 'yaml', names = '' } = query
    const lab = await exportLab(
      app,
      names.split(' ').filter((name) => name !== ''),
    )
    return { format, text: await formatLab(lab, format), notes: lab.notes }
  },
  labRevisions: async ({ app, params }) =>
    (await labRevisions(app, params.name)).map(({ isSecret, ...revision }) =>
      isSecret === true ? { ...revision, text: withheld(revision) } : revision,
    ),
} as const satisfies Handlers<'exportLab' | 'listLabs' | 'applyLab' | 'labRevisions'>

/** Whoever may read it finds it on this host. */
const withheld = ({ lab, number }: LabRevisionView): string =>
  `# this revision has secrets in it (userData): root reads it in /var/lib/weft/labs/${lab}/${String(number)}.json\n`
