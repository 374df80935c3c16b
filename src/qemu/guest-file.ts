/** A file in a guest, by its agent: opened once, then read or written piece by piece. */
import type { GuestFile } from '../app/guest-ports.ts'

export type AgentQuestion = (command: string, args: Readonly<Record<string, unknown>>) => Promise<unknown>

/** Of the file, a call. An agent under TCG takes a tenth of a second for as much, and one call after the other waits for its turn. */
const PIECE_BYTES = 256 * 1024

export async function openGuestFile(call: AgentQuestion, path: string, mode: 'r' | 'w'): Promise<GuestFile> {
  const handle = (await call('guest-file-open', { path, mode: `${mode}b` })) as number
  return {
    async read() {
      const answer = await call('guest-file-read', { handle, count: PIECE_BYTES })
      const { 'buf-b64': text, count } = answer as { readonly 'buf-b64': string; readonly count: number }
      return count === 0 ? undefined : Buffer.from(text, 'base64')
    },
    async write(bytes) {
      for (let done = 0; done < bytes.length;) {
        const piece = Buffer.from(bytes.subarray(done, done + PIECE_BYTES)).toString('base64')
        const answer = await call('guest-file-write', { handle, 'buf-b64': piece })
        done += (answer as { readonly count: number }).count
      }
    },
    async close() {
      // What is still in the agent's own memory may find no room on the disk: closing would not say so.
      if (mode === 'w') await call('guest-file-flush', { handle })
      await call('guest-file-close', { handle })
    },
  }
}
