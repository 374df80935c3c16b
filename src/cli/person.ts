/** Asks the person at the terminal. */
import { createInterface } from 'node:readline/promises'

/** The answer in lower case; an end of the input is a no. */
export async function askPerson(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const closed = new Promise<string>((resolve) => {
    lines.once('close', () => {
      resolve('no')
    })
  })
  try {
    const answer = await Promise.race([lines.question(question), closed])
    return answer.trim().toLowerCase()
  } finally {
    lines.close()
  }
}
