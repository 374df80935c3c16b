/**
 * Keeps one TCP connection and one stream of UDP pings going from the namespace it is started in, to port 7 of the two addresses given.
 * Each line on stdin is answered with how both fare so far, as JSON. Ends with its parent.
 */
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

const [tcpTo = '', udpTo = ''] = process.argv.slice(2)
const EVERY_MS = 10
/** What is younger may still be on its way. */
const ON_ITS_WAY_MS = 1500

let [sent, echoed, failure] = [0, 0, '']
const tcp = connect({ host: tcpTo, port: 7 })
tcp.setNoDelay(true)
tcp.on('data', (bytes) => {
  echoed += bytes.length
})
for (const end of ['error', 'end', 'close'] as const)
  tcp.on(end, (error?: unknown) => {
    failure ||= error instanceof Error ? error.message : end
  })

const waiting = new Map<string, number>()
let pings = 0
const udp = createSocket('udp4', (message) => waiting.delete(String(message)))
udp.bind(0)

tcp.on('connect', () => {
  console.log('ready')
  setInterval(() => {
    if (failure === '') sent += Number(tcp.write('x') || true)
    const number = String((pings += 1))
    waiting.set(number, performance.now())
    udp.send(number, 7, udpTo)
  }, EVERY_MS)
})

createInterface({ input: process.stdin })
  .on('line', () => {
    const late = performance.now() - ON_ITS_WAY_MS
    const lost = [...waiting.values()].filter((at) => at < late).length
    console.log(JSON.stringify({ sent, echoed, failure, pings, lost }))
  })
  .on('close', () => process.exit())
