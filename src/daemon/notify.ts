/** Tells systemd that weftd is ready (sd_notify(3)); Node cannot send datagrams to a unix socket, so systemd-notify does. */
import { spawn } from 'node:child_process'

export function notifyReady(log: (line: string) => void): void {
  if (process.env['NOTIFY_SOCKET'] === undefined) return
  // It speaks in the name of its parent, as NotifyAccess=main wants.
  const child = spawn('systemd-notify', ['--ready'], { stdio: 'ignore' })
  child.once('error', (error) => {
    log(`could not tell systemd that weftd is ready: ${error.message}`)
  })
}
