/** Waits until a server answers at an address with the greeting of its kind. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Greeting } from '../app/ports.ts'

/** A guest that boots refuses, or is silent, for many seconds. */
const AGAIN_MS = 500
const PATIENCE_MS = 3000

/** Tries until there is one, or until told to give up: then nobody waits for the answer any more. */
export async function awaitGreeting(wanted: Greeting, giveUp: AbortSignal): Promise<void> {
  while (!giveUp.aborted) {
    if (await isGreeted(wanted, giveUp)) return
    await sleep(AGAIN_MS, undefined, { signal: giveUp }).catch(() => undefined)
  }
}

async function isGreeted({ address, port, begins }: Greeting, giveUp: AbortSignal): Promise<boolean> {
  const { connect } = await import('node:net')
  return new Promise((resolve) => {
    let said = ''
    const socket = connect({ host: address, port, signal: giveUp })
    const finish = (isIt: boolean): void => {
      socket.destroy()
      resolve(isIt)
    }
    socket.setTimeout(PATIENCE_MS, () => {
      finish(false)
    })
    socket.on('data', (bytes) => {
      said += bytes.toString('latin1')
      if (said.length >= begins.length) finish(said.startsWith(begins))
    })
    socket.on('error', () => {
      finish(false)
    })
    socket.on('close', () => {
      finish(false)
    })
  })
}
