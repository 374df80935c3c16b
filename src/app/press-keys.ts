/** A person's hands on a machine: keys of its keyboard, and the button that older machines had for a non-maskable interrupt. */
import { refuseUnlessAllowed } from '../core/vm/lifecycle.ts'
import type { App } from './ports.ts'
import { getState } from './vm-state.ts'

/** All at once, held for so long (QEMU: 100 ms without a word); numbers as QEMU has them (core/vm/key-codes.ts). */
export async function pressKeys(
  app: App,
  name: string,
  keys: readonly number[],
  holdMs: number | undefined,
): Promise<void> {
  refuseUnlessAllowed('console', name, getState(app, name).state)
  await app.machines.ask(name, 'send-key', {
    keys: keys.map((data) => ({ type: 'number', data })),
    ...(holdMs === undefined ? {} : { 'hold-time': holdMs }),
  })
}

/** A guest's kernel answers it as it is told to: by a panic, a dump, or a line in its log. */
export async function injectNmi(app: App, name: string): Promise<void> {
  refuseUnlessAllowed('console', name, getState(app, name).state)
  await app.machines.ask(name, 'inject-nmi')
}
