/** Lines as people have them in their notes and scripts, each beside what becomes of it; and what is refused, at its place. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { assertGoldenFolder } from '../../../test/support/golden.ts'
import { WeftError } from '../../core/errors.ts'
import { accountLine } from './account.ts'
import { readQemuLine, type QemuLine } from './qemu-line.ts'
import { readShell } from './shell-words.ts'

const folder = join(import.meta.dirname, 'corpus')
const files = readdirSync(folder)
const given = { directory: '/home/me/vms', home: '/home/me', what: 'the line' }
const read = (text: string): QemuLine => readQemuLine(text, given)
const textOf = (file: string): string => readFileSync(join(folder, file), 'utf8')

function told({ definition, account, notes }: QemuLine): string {
  const { places, ...machine } = definition
  assert.ok(places.size > 0)
  return `${[...account.map(accountLine), ...notes].join('\n')}\n\n${JSON.stringify(machine, null, 2)}\n`
}

test('lines that people have become machines', () => {
  assertGoldenFolder(
    join(import.meta.dirname, 'golden'),
    Object.fromEntries(files.map((file) => [file.replace('.sh', '.txt'), told(read(textOf(file)))])),
  )
})

for (const file of files)
  test(`${file}: each of its words is accounted for`, () => {
    const words = readShell(textOf(file), { HOME: '/home/me' }).commands.flat()
    const accounted = read(textOf(file)).account.flatMap(({ words: own }) => own.map(({ text }) => text))
    for (const { text } of words.filter((word) => !/(^|\/)(qemu-system-\w+|kvm)$/.test(word.text)))
      assert.ok(accounted.includes(text), `nothing is said of ${text}`)
  })

function refusal(text: string): string[] {
  try {
    read(text)
  } catch (error) {
    if (!(error instanceof WeftError)) throw error
    return error.problems.map(({ line, column, message }) => `${String(line)}:${String(column)} ${message}`)
  }
  return assert.fail('was not refused')
}

test('what matters and is not supported is refused by name, at its place, all at once', () => {
  const text = `qemu-system-x86_64 -m 2G -hda a.img -snapshot \\
  -device vfio-pci,host=the-gpu -drive file=b.vmdk,format=vmdk,if=virtio,shiny=on \\
  -netdev socket,id=s0,listen=:1234 -device virtio-net-pci,netdev=s0 -smp 2,dies=2 \\
  -M virt -virtfs local,path=/srv -memory 2G -hdz c.img -append quiet`
  assert.deepEqual(refusal(text), [
    '1:37 -snapshot: what a guest of weft writes stays',
    '2:11 -device vfio-pci,host=the-gpu names no device of a host',
    "2:40 weft makes nothing of 'shiny=on' of -drive",
    "2:40 format 'vmdk' is not supported",
    "3:11 weft has no netdev of type 'socket'",
    '3:75 weft gives a socket no dies of its own',
    "4:6 machine type 'virt' is not supported",
    '4:11 -virtfs: weft shares no directory by this line',
    '4:35 weft makes nothing of -memory',
    '4:46 weft makes nothing of -hdz',
    '4:57 -append belongs to a kernel, and there is none',
  ])
})

test('what a shell would have to find out is refused, and so is what is no machine, or two', () => {
  assert.deepEqual(refusal('qemu-system-x86_64 -smp $(nproc) -hda $DISK'), [
    "1:25 what '$(nproc)' comes to is not known here: weft runs nothing of a text that it reads",
    '1:39 nothing says what $DISK is',
  ])
  assert.deepEqual(refusal('qemu-img create a.img 1G'), ['1:1 there is no QEMU command in this'])
  assert.deepEqual(refusal('kvm a.img\nkvm b.img'), ['2:1 a second machine begins here'])
  assert.deepEqual(refusal('qemu-system-aarch64 -M virt'), ["1:1 machines of weft do not run 'aarch64'"])
  assert.deepEqual(refusal("qemu-system-x86_64 -hda 'a.img"), ["1:25 this ' is never closed"])
  assert.deepEqual(refusal('qemu-system-x86_64 -m'), ['1:20 -m has no value'])
})

test('words are cut as a shell cuts them', () => {
  const words = (text: string): string[][] =>
    readShell(text, { HOME: '/root' }).commands.map((command) => command.map(({ text: word }) => word))
  assert.deepEqual(words(`a "b c" 'd "e"' f\\ g "h\\"i\\z" ~/x y=~/z # not\\\nthis`), [
    ['a', 'b c', 'd "e"', 'f g', 'h"i\\z', '/root/x', 'y=/root/z'],
    ['this'],
  ])
  assert.deepEqual(words('A="1 2"; B=$A\nx $A "$A" \'$A\' ${B}3 ${C:-d e} ""'), [
    ['x', '1', '2', '1 2', '$A', '1', '23', 'd', 'e', ''],
  ])
  assert.deepEqual(words('l=(a "b c")\nl+=(d)\nx "${l[@]}" y"$@"z 2>&1 >f && w & v | u'), [
    ['x', 'a', 'b c', 'd', 'yz', '2>&1', '>f'],
    ['w'],
    ['v'],
    ['u'],
  ])
  assert.deepEqual(words('a \\\n  b \\\r\n  c'), [['a', 'b', 'c']])
})
