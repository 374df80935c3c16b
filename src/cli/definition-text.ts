/** A definition from a file, or from stdin when the file is `-` or absent. */
import { WeftError } from '../core/errors.ts'
import type { ArgumentSpec } from './declare.ts'

export const DEFINITION_FILE = {
  name: 'FILE',
  summary: 'XML, YAML or JSON; - or nothing: what comes through the pipe',
  optional: true,
  completes: 'file',
} as const satisfies ArgumentSpec

export interface DefinitionText {
  readonly text: string
  /** Absent when it came through a pipe. */
  readonly source?: string
}

export async function readDefinition(file: string | undefined, words: string): Promise<DefinitionText> {
  if (file !== undefined && file !== '-') return { text: readFile(file), source: file }
  if (process.stdin.isTTY && file === undefined)
    throw new WeftError('invalid-argument', `'weft ${words}' needs a file, or a definition through a pipe`, {
      hint: `weft ${words} FILE`,
    })
  process.stdin.setEncoding('utf8')
  let text = ''
  for await (const chunk of process.stdin as AsyncIterable<string>) text += chunk
  if (text.trim() === '')
    throw new WeftError('invalid-argument', 'nothing came through the pipe', {
      hint: `weft ${words} FILE, or: weft ${words.split(' ')[0] ?? ''} show NAME --xml | weft ${words}`,
    })
  return { text }
}

function readFile(file: string): string {
  try {
    return process.getBuiltinModule('node:fs').readFileSync(file, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const hint = `ls -l ${file}`
    if (code === 'ENOENT') throw new WeftError('not-found', `there is no file '${file}'`, { hint, cause })
    if (code === 'EACCES') throw new WeftError('not-permitted', `you may not read '${file}'`, { hint, cause })
    if (code === 'EISDIR')
      throw new WeftError('invalid-argument', `'${file}' is a directory`, { hint, cause })
    throw cause
  }
}

/** Refusals with lines and columns get the name of the file they count in, so that its line can be shown. */
export async function namingSource<T>(source: string | undefined, answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    const isPlaced = error instanceof WeftError && error.problems.some(({ line }) => line !== undefined)
    if (!isPlaced || source === undefined) throw error
    const { code, message, hint, details, problems, cause } = error
    throw new WeftError(code, message, {
      ...(hint === undefined ? {} : { hint }),
      details: [['file', source], ...details],
      problems,
      cause,
    })
  }
}
