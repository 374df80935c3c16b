/** How `up` and `down` speak to the person at the terminal: lines, a progress line, a question. */
import { createInterface } from 'node:readline/promises'

export function say(line = ''): void {
  process.stdout.write(`${line}\n`)
}

/** Shows a line that is replaced while work goes on; on anything but a terminal, nothing until the work is done. */
export async function withProgress<T>(title: string, work: () => Promise<T>): Promise<T> {
  const began = Date.now()
  const { stderr } = process
  if (!stderr.isTTY) return work()
  const timer = setInterval(() => {
    stderr.write(`\r\x1b[K${title} ... ${Math.round((Date.now() - began) / 1000)} s`)
  }, 200)
  try {
    return await work()
  } finally {
    clearInterval(timer)
    stderr.write('\r\x1b[K')
  }
}

/** Yes unless somebody says no; nobody there means no. */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await terminal.question(`${question} [Y/n] `)
    return /^(y|yes|)$/i.test(answer.trim())
  } finally {
    terminal.close()
  }
}
