/** Interfaces of the host, a sentence each: its name, what it is, and below that its kind and whose it is. */
import type { HostLinkView } from '../../api/host-views.ts'
import { wrap } from './help.ts'

const WIDTH = 79

export function formatLinks(links: readonly HostLinkView[]): string {
  const width = Math.max(0, ...links.map(({ name }) => name.length)) + 3
  const indent = `\n${' '.repeat(width)}`
  return links
    .map(({ name, kind, owner, text }) => {
      const sentence = `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
      const lines = [...wrap(sentence, WIDTH - width).split('\n'), `${kind}, ${owner}`]
      return ` ${name.padEnd(width - 1)}${lines.join(indent)}\n`
    })
    .join('\n')
}
