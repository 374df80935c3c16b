/** Whether a machine's NIC begins with its cable in; that of one that runs is pulled at its port (set-port.ts). */
import { omit } from '../core/vm/omit.ts'
import type { NicDevice } from '../core/vm/spec.ts'
import type { Changed, ChangeRequest } from './change.ts'
import type { App } from './ports.ts'
import { setNic } from './set-nic.ts'

export function linkNic(
  app: App,
  name: string,
  { mac, link }: { readonly mac: string; readonly link: 'up' | 'down' },
  request: ChangeRequest,
): Promise<Changed<'set' | 'unchanged'>> {
  return setNic(
    app,
    name,
    {
      mac,
      title: `let machine '${name}' begin with the cable of ${mac} ${link === 'up' ? 'in' : 'out'}`,
      result: 'set',
      change: (nic): NicDevice => ({ ...omit(nic, 'link'), ...(link === 'down' ? { link } : {}) }),
      live: () => Promise.resolve([]),
    },
    { ...request, scope: 'definition' },
  )
}
