/** Public keys for a new machine: from files of the person who types, or typed. weftd may not even see those files. */
import { readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { WeftError } from '../core/errors.ts'

/** The word for every key the caller has. */
export const OWN_KEYS = 'own'

/** A file may have several, a line each. */
export function sshKeysOf(words: readonly string[]): string[] {
  const texts = words.flatMap((word) => {
    if (word === OWN_KEYS) return ownKeys()
    return word.includes(' AAAA') ? [word] : [readText(word, '--ssh-key')]
  })
  const lines = texts.flatMap((text) => text.split('\n').map((line) => line.trim()))
  return [...new Set(lines.filter((line) => line !== '' && !line.startsWith('#')))]
}

export function readText(file: string, flag: string): string {
  try {
    return readFileSync(resolve(file), 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file' : 'it cannot be read'
    throw new WeftError('invalid-argument', `${flag} ${file}: ${why}`, { hint: `ls -l ${file}` })
  }
}

function ownKeys(): string[] {
  const directory = join(homedir(), '.ssh')
  const files = namesIn(directory).filter((name) => name.endsWith('.pub'))
  if (files.length > 0) return files.sort().map((name) => readText(join(directory, name), '--ssh-key'))
  throw new WeftError('not-found', `there is no public key in '${directory}'`, {
    hint: 'ssh-keygen -t ed25519 makes one; under sudo, name the file: --ssh-key ~/.ssh/id_ed25519.pub',
  })
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
