/** weft vm display */
import type { DisplayView } from '../../../api/hardware-views.ts'
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatFacts } from '../../views/table.ts'

export const command = declareCommand(
  {
    words: 'vm display',
    summary: 'tell how the screen of a machine is seen',
    about:
      'The screen is on a unix socket that root alone may connect to. Nothing listens on an address: from elsewhere one comes through ssh.',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {},
    examples: [
      ['weft vm display win', 'what to type'],
      ['weft vm display win --json', 'kind and path of its socket'],
    ],
    changes: false,
  },
  async ({ arguments: { VM: name } }, door) => {
    const display = await ask(door, 'vmDisplay', { params: { name } })
    door.show(display, formatDisplay(display, name))
  },
)

function formatDisplay({ kind, socket }: DisplayView, name: string): string {
  if (kind === 'none')
    return `Machine ${name} shows its screen to nobody; a picture of it: weft vm screenshot ${name} FILE.png\n`
  if (socket === null)
    return `Machine ${name} does not run; it will show its screen by ${kind.toUpperCase()}\n`
  const isVnc = kind === 'vnc'
  const port = isVnc ? '5900' : '5930'
  const far = isVnc ? `vncviewer localhost::${port}` : `remote-viewer spice://localhost:${port}`
  return formatFacts([
    ['Screen', isVnc ? 'VNC' : 'SPICE'],
    ['Socket', socket],
    ['Here', isVnc ? `sudo vncviewer ${socket}` : `sudo remote-viewer spice+unix://${socket}`],
    ['Elsewhere', `ssh -NL ${port}:${socket} root@HOST, and ${far}`],
  ])
}
