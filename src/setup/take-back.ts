/** What has been done so far and the way back, so that a failure leaves nothing half-done. */
import { say } from './talk.ts'

export interface TakeBack {
  /** `what` is said when the way back was gone: `network default stopped`. */
  add(what: string, undo: () => Promise<unknown>): void
  /** Last first. A step back that fails is told, and the others are still taken. */
  run(): Promise<void>
}

export function newTakeBack(): TakeBack {
  const steps: { readonly what: string; readonly undo: () => Promise<unknown> }[] = []
  return {
    add: (what, undo) => {
      steps.push({ what, undo })
    },
    run: async () => {
      for (const { what, undo } of steps.splice(0).reverse())
        await undo().then(
          () => {
            say(`  taken back: ${what}`)
          },
          (error: unknown) => {
            say(`  NOT taken back: ${what}: ${error instanceof Error ? error.message : String(error)}`)
          },
        )
    },
  }
}
