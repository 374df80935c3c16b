/** Calls that give more than a reply: the console, pictures of the screen, a connection to it. */
import { openConsole } from '../../app/console.ts'
import { vmDefinition } from '../../app/vm-definition.ts'
import type { StreamClient, ServedStream } from '../wire/streams.ts'
import type { ArgsOf, CallName, RetOf } from '../wire/procedures.ts'
import { fail } from './failures.ts'
import { runningMachine } from './find-machine.ts'
import type { Context } from './handler.ts'
import { download, upload } from './volume-streams.ts'

export interface Opened<N extends CallName> {
  readonly ret: RetOf<N>
  readonly stream?: ServedStream
  /** Path of a socket that the client gets a connection to. */
  readonly socket?: string
}

type StreamCall =
  | 'DOMAIN_OPEN_CONSOLE'
  | 'DOMAIN_SCREENSHOT'
  | 'DOMAIN_OPEN_GRAPHICS_FD'
  | 'STORAGE_VOL_DOWNLOAD'
  | 'STORAGE_VOL_UPLOAD'
type StreamHandlers = {
  readonly [N in StreamCall]: (context: Context, args: ArgsOf<N>) => Opened<N> | Promise<Opened<N>>
}

export const STREAM_HANDLERS: StreamHandlers = {
  DOMAIN_OPEN_CONSOLE: (context, { dom, dev_name }) => {
    const name = runningMachine(context, dom)
    if (dev_name !== null && !FIRST_PORT.test(dev_name))
      throw fail('internal', 'qemu', `cannot find character device ${dev_name}`)
    return { ret: {}, stream: consoleStream(context, name) }
  },
  DOMAIN_SCREENSHOT: async (context, { dom, screen }) => {
    const name = runningMachine(context, dom)
    if (screen !== 0) throw fail('invalid', 'qemu', 'no such screen ID')
    const picture = Buffer.from(await context.app.machines.screenshot(name, 'png'))
    return { ret: { mime: 'image/png' }, stream: bytesStream(picture) }
  },
  DOMAIN_OPEN_GRAPHICS_FD: async (context, { dom, idx }) => {
    const { around } = await vmDefinition(context.app, runningMachine(context, dom), false)
    const screen = around.live?.screen
    if (idx > 0 || screen === undefined)
      throw fail('internal', 'qemu', `No graphics backend with index ${String(idx)}`)
    return { ret: {}, socket: screen }
  },
  STORAGE_VOL_DOWNLOAD: download,
  STORAGE_VOL_UPLOAD: upload,
}

/** A machine's serial line, by the names that clients have for it. */
const FIRST_PORT = /^(serial0|console0|charserial0)?$/

/** Everybody who watches sees the same; whoever comes sees what was there. */
function consoleStream({ app }: Context, name: string): ServedStream {
  const line = openConsole(app, name)
  let leave = (): void => undefined
  return {
    begin(client) {
      leave = line.attach({
        data: (bytes) => {
          client.send(Buffer.from(bytes))
        },
        end: () => {
          client.end()
        },
      })
    },
    data: (bytes) => {
      line.write(bytes)
    },
    finish: () => {
      leave()
    },
    abort: () => {
      leave()
    },
  }
}

function bytesStream(bytes: Buffer): ServedStream {
  return {
    begin(client: StreamClient) {
      client.send(bytes)
      client.end()
    },
    data: () => undefined,
    finish: () => undefined,
    abort: () => undefined,
  }
}
