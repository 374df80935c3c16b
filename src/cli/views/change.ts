/** What a changing command prints: with --dry-run the script, else one sentence, its notes, and how to see more. */
import type { ChangeView } from '../../api/views.ts'
import type { Door } from '../declare.ts'

/** One sentence a result: `started` → `Network default started`, as virsh has it. */
export type Sentences = Readonly<Record<string, string | ((view: ChangeView) => string)>>

export function showChange(door: Door, view: ChangeView, sentences: Sentences): void {
  if (!door.isJson) for (const note of view.notes) door.say(note)
  if (door.isDryRun && !door.isJson) {
    door.show(view, view.script)
    return
  }
  const { disruption } = view
  if (view.change !== null && disruption.level !== 'none' && !door.isJson) door.say(`! ${disruption.text}`)
  const known = sentences[view.result] ?? `${view.title}: ${view.result}`
  const sentence = typeof known === 'string' ? known : known(view)
  door.show(view, `${sentence}\n`)
  if (view.change !== null && door.width !== undefined && !door.isJson)
    door.say(`(change ${String(view.change)}: 'weft diff ${String(view.change)}' shows what it did)`)
}
