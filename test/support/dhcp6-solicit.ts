/** Asks for an IPv6 address as the guest with this MAC would: prints the first address that is offered. `dhcp6-solicit.ts eth0 MAC`. */
import { createSocket } from 'node:dgram'

const [link = '', mac = ''] = process.argv.slice(2)
const duid = Buffer.from(`00030001${mac.replaceAll(':', '')}`, 'hex')
const option = (code: number, content: Buffer): Buffer => {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(code, 0)
  head.writeUInt16BE(content.length, 2)
  return Buffer.concat([head, content])
}
/** SOLICIT with client id, an association for one address, and no time gone by. */
const solicit = Buffer.concat([
  Buffer.from('01aabbcc', 'hex'),
  option(1, duid),
  option(3, Buffer.alloc(12)),
  option(8, Buffer.alloc(2)),
])

const socket = createSocket('udp6')
const patience = setTimeout(() => {
  console.log('nothing')
  process.exit()
}, 4000)
socket.on('message', (answer) => {
  // Option 5 is an address: 24 bytes, of which the first 16 are it.
  const at = answer.indexOf(Buffer.from('00050018', 'hex'))
  const groups =
    answer
      .subarray(at + 4, at + 20)
      .toString('hex')
      .match(/.{4}/g) ?? []
  console.log(at < 0 ? 'none' : groups.join(':'))
  clearTimeout(patience)
  clearInterval(again)
  socket.close()
})
/** As a guest would: the first one may be lost. */
const again = setInterval(ask, 1000)
socket.bind(546, '::', ask)

function ask(): void {
  socket.send(solicit, 547, `ff02::1:2%${link}`)
}
