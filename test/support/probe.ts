/**
 * Asks port 7 of every address given, by TCP and by UDP, from the namespace it is started in. Prints `{ "ADDRESS": "tcp allow, udp
 * drop" }`: allow is an answer, reject a refusal, drop silence.
 */
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'

type Verdict = 'allow' | 'reject' | 'drop'
/**
 * The kernel sends few ICMP errors a second to one address, and a busy machine may be late: asking again, with more patience, finds out.
 */
const PATIENCES_MS = [1000, 2500]

const answers = await Promise.all(
  process.argv.slice(2).map(async (address) => {
    const [tcp, udp] = await Promise.all([
      persist((ms) => askTcp(address, ms)),
      persist((ms) => askUdp(address, ms)),
    ])
    return [address, `tcp ${tcp}, udp ${udp}`] as const
  }),
)
console.log(JSON.stringify(Object.fromEntries(answers)))

async function persist(ask: (patienceMs: number) => Promise<Verdict>): Promise<Verdict> {
  for (const patienceMs of PATIENCES_MS) {
    const verdict = await ask(patienceMs)
    if (verdict !== 'drop') return verdict
  }
  return 'drop'
}

function askTcp(host: string, patienceMs: number): Promise<Verdict> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: 7 })
    const done = (verdict: Verdict): void => {
      socket.destroy()
      resolve(verdict)
    }
    socket.setTimeout(patienceMs, () => {
      done('drop')
    })
    socket
      .on('connect', () => socket.write('x'))
      .on('data', () => {
        done('allow')
      })
    socket.on('error', () => {
      done('reject')
    })
  })
}

function askUdp(host: string, patienceMs: number): Promise<Verdict> {
  return new Promise((resolve) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    const done = (verdict: Verdict): void => {
      clearTimeout(patience)
      socket.close()
      resolve(verdict)
    }
    const patience = setTimeout(() => {
      done('drop')
    }, patienceMs)
    socket.once('error', () => {
      done('reject')
    })
    socket.once('message', () => {
      done('allow')
    })
    // Connected: else the kernel keeps a refusal to itself.
    socket.connect(7, host, () => {
      socket.send('x')
    })
  })
}
