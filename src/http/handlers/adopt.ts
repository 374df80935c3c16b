/** The definitions of another manager, taken over, over HTTP. */
import { adoptInstallation } from '../../app/adopt/adopt-installation.ts'
import { changeView, type Handlers } from '../handler.ts'

export const adoptHandlers = {
  adoptLibvirt: async ({ app, body, request }) => {
    const { readLibvirtInstallation } = await import('../../definition/libvirt-files.ts')
    const adopted = await adoptInstallation(app, await readLibvirtInstallation(body), request)
    return { ...(await changeView(Promise.resolve(adopted))), items: adopted.items }
  },
} as const satisfies Handlers<'adoptLibvirt'>
