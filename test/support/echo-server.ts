/** Answers TCP and UDP on port 7 with what it was sent, in the namespace it is started in; IPv4 and IPv6. Ends with its parent. */
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

const PORT = 7

const udp = createSocket('udp6', (message, { port, address }) => {
  udp.send(message, port, address)
})
udp.bind(PORT, '::', () => {
  createServer((socket) => socket.on('error', () => socket.destroy()).pipe(socket)).listen(PORT, '::', () => {
    console.log('ready')
  })
})
process.stdin.on('end', () => process.exit()).resume()
