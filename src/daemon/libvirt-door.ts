/** The door for libvirt's clients. It is open from the start; what answers there is loaded when the first of them comes. */
import { createServer, type Server, type Socket } from 'node:net'
import type { App } from '../app/ports.ts'
import type { Paths } from '../core/host/paths.ts'
import { libvirtSocket } from '../core/host/paths.ts'
import type { Service } from '../libvirt/wire/connection.ts'
import type { Turns } from '../libvirt/wire/turns.ts'
import { listenOn, weftGroup } from './listen.ts'

/** As stock libvirtd has it by default. */
const MOST_CLIENTS = 5000

export interface LibvirtDoor {
  /** No more clients; those that are there are cut off. */
  close(): void
}

/** `path` is where stock clients look, when weftd stands in for libvirtd. */
export async function openLibvirtDoor(
  app: App,
  paths: Paths,
  path = libvirtSocket(paths),
): Promise<LibvirtDoor> {
  const sockets = new Set<Socket>()
  let service: Promise<Shared> | undefined
  const door = (isReadOnly: boolean): Server => {
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => undefined)
      service ??= loadService(app)
      void Promise.all([
        service,
        import('../libvirt/wire/connection.ts'),
        import('../host/pass-socket.ts'),
      ]).then(([{ answers, turns }, { serveConnection }, { passSocket }]) => {
        serveConnection(socket, answers, { isReadOnly, passSocket, turns })
      })
    })
    server.maxConnections = MOST_CLIENTS
    return server
  }
  const [full, readOnly] = [door(false), door(true)]
  const group = weftGroup()
  await listenOn(full, path, 0o660, group)
  await listenOn(readOnly, `${path}-ro`, 0o666, group)
  return {
    close() {
      for (const server of [full, readOnly]) server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** What all clients have in common. */
interface Shared {
  readonly answers: Service
  readonly turns: Turns
}

async function loadService(app: App): Promise<Shared> {
  const [{ createService }, { nodeFacts }, { createTurns }] = await Promise.all([
    import('../libvirt/handlers/service.ts'),
    import('./node-facts.ts'),
    import('../libvirt/wire/turns.ts'),
  ])
  return { answers: createService(app, nodeFacts(app)), turns: createTurns() }
}
