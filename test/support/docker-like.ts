/** The rules that Docker makes, by the commands that make them: of its daemon until version 27, and of the one since. */
import { execFileSync } from 'node:child_process'

export type DockerAge = 'before 28' | 'since 28'
export type Backend = 'nft' | 'legacy'

/** As after `systemctl start docker` on a host that did not forward before, with its default bridge. */
const RULES: Readonly<Record<DockerAge, readonly string[]>> = {
  'before 28': [
    '-N DOCKER',
    '-N DOCKER-ISOLATION-STAGE-1',
    '-N DOCKER-ISOLATION-STAGE-2',
    '-A DOCKER-ISOLATION-STAGE-1 -j RETURN',
    '-A DOCKER-ISOLATION-STAGE-2 -j RETURN',
    '-I FORWARD -i docker0 -o docker0 -j ACCEPT',
    '-I FORWARD -i docker0 ! -o docker0 -j ACCEPT',
    '-I FORWARD -o docker0 -j DOCKER',
    '-I FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    '-I FORWARD -j DOCKER-ISOLATION-STAGE-1',
    '-I DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2',
    '-I DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP',
    '-P FORWARD DROP',
  ],
  'since 28': [
    '-N DOCKER',
    '-N DOCKER-FORWARD',
    '-N DOCKER-BRIDGE',
    '-N DOCKER-CT',
    '-N DOCKER-INTERNAL',
    '-A FORWARD -j DOCKER-FORWARD',
    '-A DOCKER-FORWARD -j DOCKER-CT',
    '-A DOCKER-FORWARD -j DOCKER-INTERNAL',
    '-A DOCKER-FORWARD -j DOCKER-BRIDGE',
    '-A DOCKER-BRIDGE -o docker0 -j DOCKER',
    '-A DOCKER-CT -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    '-A DOCKER ! -i docker0 -o docker0 -j DROP',
    '-A DOCKER-FORWARD -i docker0 -j ACCEPT',
    '-P FORWARD DROP',
  ],
}

/** Both make it, and put the jump to it first whenever they start; the old one ended it. */
const USER: Readonly<Record<DockerAge, readonly string[]>> = {
  'before 28': ['-N DOCKER-USER', '-A DOCKER-USER -j RETURN', '-I FORWARD -j DOCKER-USER'],
  'since 28': ['-N DOCKER-USER', '-I FORWARD -j DOCKER-USER'],
}

/** The old one left IPv6 alone. */
const FAMILIES: Readonly<Record<DockerAge, readonly Family[]>> = { 'before 28': [''], 'since 28': ['', '6'] }
type Family = '' | '6'

export function startDocker(age: DockerAge, backend: Backend = 'nft'): void {
  if (!execFileSync('ip', ['-o', 'link'], { encoding: 'utf8' }).includes('docker0:')) {
    execFileSync('ip', ['link', 'add', 'docker0', 'type', 'bridge'])
    execFileSync('ip', ['address', 'add', '172.17.0.1/16', 'dev', 'docker0'])
    execFileSync('ip', ['link', 'set', 'docker0', 'up'])
  }
  for (const family of FAMILIES[age])
    for (const each of [...RULES[age], ...USER[age]]) iptables(backend, each, family)
}

/**
 * It removes and makes its chains anew, and lets DOCKER-USER be. `flushed`: as somebody's `iptables -F; iptables -X; systemctl restart
 * docker` leaves it.
 */
export function restartDocker(age: DockerAge, backend: Backend = 'nft', flushed = false): void {
  for (const family of FAMILIES[age]) {
    if (flushed) {
      // At once: whoever looks after its own rules in DOCKER-USER would put them there again between two commands.
      const input = '*filter\n:INPUT ACCEPT\n:FORWARD DROP\n:OUTPUT ACCEPT\nCOMMIT\n'
      execFileSync(`ip${family}tables-${backend}-restore`, ['-w'], { input })
    } else {
      iptables(backend, '-D FORWARD -j DOCKER-USER', family)
      const chains = RULES[age].filter((each) => each.startsWith('-N ')).map((each) => each.slice(3))
      iptables(backend, '-F FORWARD', family)
      for (const chain of chains) iptables(backend, `-F ${chain}`, family)
      for (const chain of chains) iptables(backend, `-X ${chain}`, family)
    }
    const user = flushed ? USER[age] : USER[age].slice(-1)
    for (const each of [...RULES[age], ...user]) iptables(backend, each, family)
  }
}

export function stopDocker(backend: Backend = 'nft'): void {
  for (const family of ['', '6'] as const)
    for (const each of ['-P FORWARD ACCEPT', '-F', '-X']) iptables(backend, each, family)
  execFileSync('ip', ['link', 'delete', 'docker0'])
}

export function iptables(backend: Backend, line: string, family: Family = ''): string {
  return execFileSync(`ip${family}tables-${backend}`, ['-w', ...line.split(' ')], { encoding: 'utf8' })
}

/** Of both families. */
export function savedRules(backend: Backend): string {
  const texts = ['', '6'].map((family) =>
    execFileSync(`ip${family}tables-${backend}-save`, ['-t', 'filter'], { encoding: 'utf8' }),
  )
  return texts
    .join('')
    .replace(/^#.*\n/gm, '')
    .replace(/\[\d+:\d+\]/g, '')
}
