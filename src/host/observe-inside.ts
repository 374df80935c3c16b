/**
 * Macvlans that weft put into namespaces: this host does not see them among its links, so each namespace is asked. Only those of the
 * networks looked at, and only on networks without a switch.
 */
import type { SeenLink } from '../core/host/link.ts'
import { isInside, type InsidePort } from '../core/network/bridge/plan-macvtap.ts'
import { ipInside, type NamespacePort } from '../core/network/port.ts'
import { macvlanMode, readLink, type RawLink } from './observe-links.ts'
import { runCommand } from './run-command.ts'

/** `files` are the generated ones, by path: the notes of ports among them. */
export async function insideLinks(files: ReadonlyMap<string, string>): Promise<SeenLink[]> {
  const notes = [...files].filter(([path, text]) => path.includes('/ports/') && text.includes('"device"'))
  const ports = notes.map(([, text]) => JSON.parse(text) as NamespacePort).filter(isInside)
  return (await Promise.all(ports.map(findInside))).flat()
}

/** Under the port's name, for what it is called inside may be so in other namespaces too; on what it sits cannot be seen from there. */
async function findInside(port: InsidePort): Promise<SeenLink[]> {
  const { namespace, insideName, interface: name, device } = port
  const [program, ...words] = ipInside(namespace)
  const argv = [program, ...words, '-j', '-d', 'address', 'show', 'dev', insideName] as const
  const { stdout, exitCode } = await runCommand([...argv], { accept: [1, 255] })
  const links = exitCode === 0 ? (JSON.parse(stdout) as RawLink[]) : []
  return links
    .filter(({ linkinfo }) => linkinfo?.info_kind === 'macvlan')
    .map((raw) => ({ ...readLink(raw), name, sitsOn: { device, mode: macvlanMode(raw) } }))
}
