/**
 * Instructions a packet costs on its way through this host: `npm run bench:packets`. A machine under TCG whose clock is its instruction
 * counter (-icount) gives the same figure on a busy machine as on a quiet one, within 3 %. Small UDP packets of an established flow.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildPacketGuest, DIRECTIONS, type Ruleset } from './packet-guest.ts'
import { packetRulesets } from './packet-rulesets.ts'
import { printTable, short } from './table.ts'

const LIMIT_MS = 10 * 60_000

async function main(): Promise<number> {
  const scratch = mkdtempSync(join(tmpdir(), 'weft-bench-packets-'))
  try {
    const rulesets = packetRulesets()
    const { kernel, initrd } = await buildPacketGuest(scratch, rulesets)
    const image = join(scratch, 'initrd.gz')
    writeFileSync(image, initrd)
    report(rulesets, await runGuest(kernel, image))
    return 0
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** What the guest printed; it powers itself off. `shift=0`: its clock advances one ns an instruction. */
function runGuest(kernel: string, initrd: string): Promise<string> {
  const argv = [
    ...['-machine', 'q35,accel=tcg', '-cpu', 'qemu64', '-m', '256', '-nodefaults', '-no-reboot'],
    ...['-icount', 'shift=0,sleep=off', '-display', 'none', '-serial', 'stdio'],
    ...['-kernel', kernel, '-initrd', initrd, '-append', 'console=ttyS0 quiet panic=-1 mitigations=off'],
  ]
  return new Promise((resolve, reject) => {
    const child = spawn('qemu-system-x86_64', argv, { stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_MS })
    let said = ''
    const hear = (chunk: Buffer): void => void (said += chunk.toString())
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('error', reject)
    child.on('close', () => {
      if (/^counted\r?$/m.test(said)) resolve(said)
      else reject(new Error(`the guest did not finish:\n${said.slice(-4000)}`))
    })
  })
}

function report(rulesets: readonly Ruleset[], said: string): void {
  const counted = new Map(
    [...said.matchAll(/^counted (\d+) (\w+) (\d+)/gm)].map(([, run = '', direction = '', count]) => [
      `${run} ${direction}`,
      Number(count),
    ]),
  )
  const of = (index: number, direction: string): number =>
    counted.get(`${String(index)} ${direction}`) ?? Number.NaN
  const rows = rulesets.map(({ name }, index) => [
    said.includes(`refused ${String(index)}`) ? `${name} (refused by this kernel)` : name,
    ...DIRECTIONS.flatMap((direction) => [
      of(index, direction).toFixed(0),
      `${short(of(index, direction) / of(0, direction))}x`,
    ]),
  ])
  printTable(
    'Instructions for a 64-byte UDP packet of an established flow, sender to receiver, and beside plain routing',
    ['', 'guest to outside', '', 'answers', ''],
    rows,
  )
}

process.exitCode = await main()
