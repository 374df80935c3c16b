/** Interfaces of the host, a sentence each: its name, what it is, and below that its kind and whose it is. */
import type { HostLinkView } from '../../api/host-views.ts'
import { sentence, wrap } from './help.ts'

const WIDTH = 79

export function formatLinks(links: readonly HostLinkView[]): string {
  const width = Math.max(0, ...links.map(({ name }) => name.length)) + 3
  const indent = `\n${' '.repeat(width)}`
  return links
    .map(({ name, kind, owner, text }) => {
      const lines = [...wrap(sentence(text), WIDTH - width).split('\n'), `${kind}, ${owner}`]
      return ` ${name.padEnd(width - 1)}${lines.join(indent)}\n`
    })
    .join('\n')
}
