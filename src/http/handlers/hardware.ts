/** What is plugged into machines, over HTTP. */
import { changeCd } from '../../app/change-cd.ts'
import { attachNic, detachNic, moveNic } from '../../app/change-nics.ts'
import { attachDevice, detachDevice } from '../../app/plug-device.ts'
import { attachShare, detachShare } from '../../app/plug-share.ts'
import { setHardware } from '../../app/set-hardware.ts'
import { displayOf, takeScreenshot } from '../../app/vm-screen.ts'
import { changeView } from '../handler.ts'
import type { Handlers } from '../handler.ts'

export const hardwareHandlers = {
  attachNic: ({ app, params, body, request }) => changeView(attachNic(app, params.name, body.net, request)),
  detachNic: ({ app, params, request }) => changeView(detachNic(app, params.name, params.nic, request)),
  moveNic: ({ app, params, body, request }) =>
    changeView(moveNic(app, params.name, params.nic, { ...request, network: body.network })),
  changeCd: ({ app, params, body, request }) =>
    changeView(
      changeCd(app, params.name, { drive: Number(params.drive), path: body.path ?? undefined }, request),
    ),
  setVmHardware: ({ app, params, body, request }) => changeView(setHardware(app, params.name, body, request)),
  attachShare: ({ app, params, body, request }) =>
    changeView(attachShare(app, params.name, body.share, request)),
  attachDevice: ({ app, params, body, request }) =>
    changeView(attachDevice(app, params.name, body.device, request)),
  detachDevice: ({ app, params, request }) =>
    changeView(detachDevice(app, params.name, params.device, request)),
  detachShare: ({ app, params, request }) => changeView(detachShare(app, params.name, params.tag, request)),
  vmDisplay: ({ app, params }) => {
    const { kind, socket } = displayOf(app, params.name)
    return { kind, socket: socket ?? null }
  },
  screenshotVm: async ({ app, params, query: { format = 'png' } }) => {
    const picture = await takeScreenshot(app, params.name, format)
    return { format, data: Buffer.from(picture).toString('base64') }
  },
} as const satisfies Handlers<
  | 'attachNic'
  | 'detachNic'
  | 'moveNic'
  | 'changeCd'
  | 'vmDisplay'
  | 'screenshotVm'
  | 'setVmHardware'
  | 'attachShare'
  | 'detachShare'
  | 'attachDevice'
  | 'detachDevice'
>
