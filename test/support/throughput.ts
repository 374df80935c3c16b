/**
 * How fast bytes go, by TCP. `sink PORT` takes whatever comes, and hangs up when the other side has said all; `send ADDRESS PORT BYTES`
 * prints how many bytes a second got through.
 */
import { connect, createServer } from 'node:net'

const [what, ...words] = process.argv.slice(2)
if (what === 'sink') {
  createServer((socket) => {
    socket.on('error', () => undefined).resume()
  }).listen(Number(words[0]), '::', () => {
    console.log('listening')
  })
} else {
  const [host = '', port, count] = words
  const bytes = Number(count)
  const socket = connect({ host, port: Number(port) })
  let from = 0
  socket.once('connect', () => {
    from = performance.now()
    socket.end(Buffer.alloc(bytes))
  })
  socket.resume().once('close', () => {
    console.log(String((bytes / (performance.now() - from)) * 1000))
  })
}
