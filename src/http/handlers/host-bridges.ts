/** Bridges over NICs of the host. */
import { addHostBridge, confirmHost, listHostBridges, removeHostBridge } from '../../app/host-bridge.ts'
import { changeView, type Handlers } from '../handler.ts'

export const hostBridgeHandlers = {
  listHostBridges: async ({ app }) =>
    (await listHostBridges(app)).map(({ name, uplink, state, endsAtMs }) => ({
      name,
      uplink,
      isConfirmed: state === 'confirmed',
      secondsLeft:
        endsAtMs === undefined
          ? null
          : Math.max(0, Math.round((endsAtMs - app.chance.now().getTime()) / 1000)),
    })),
  addHostBridge: ({ app, body, request }) => changeView(addHostBridge(app, body, request)),
  removeHostBridge: ({ app, params, query, request }) =>
    changeView(removeHostBridge(app, params.name, query, request)),
  confirmHost: ({ app, request }) => changeView(confirmHost(app, request)),
} satisfies Handlers<'listHostBridges' | 'addHostBridge' | 'removeHostBridge' | 'confirmHost'>
