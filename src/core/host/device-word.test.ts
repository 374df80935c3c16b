/** Devices as people name them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { devicesOf, getDeviceWord, parseDeviceWord } from './device-word.ts'
import type { SeenDevice } from './device.ts'

test('each way to name a device is kept in one spelling', () => {
  const words: readonly (readonly [string, string | undefined])[] = [
    ['0000:01:00.0', '0000:01:00.0'],
    ['01:00.0', '0000:01:00.0'],
    ['0000:AF:1f.7', '0000:af:1f.7'],
    ['1-2.3', '1-2.3'],
    ['10-1', '10-1'],
    ['0781:5567', '0781:5567'],
    ['1.4', '1.4'],
    ['01:20.0', undefined],
    ['01:00.8', undefined],
    ['1-', undefined],
    ['eth0', undefined],
    ['', undefined],
    ['NaN:NaN', undefined],
  ]
  for (const [text, word] of words) assert.equal(parseDeviceWord(text), word, text)
  assert.throws(() => getDeviceWord('eth0'), /'eth0' is no device of a host/)
})

test('a make may mean several USB devices, and never a PCI device', () => {
  const device = (more: Partial<SeenDevice>): SeenDevice => ({
    ...{ bus: 'usb', address: '1-2', vendor: '0781', product: '5567', classCode: '08' },
    ...{ drivers: [], links: [], disks: [], ...more },
  })
  const all = [
    device({ numbers: { bus: 1, device: 4 } }),
    device({ address: '1-3', numbers: { bus: 1, device: 5 } }),
    device({ bus: 'pci', address: '0000:01:00.0' }),
  ]
  const addresses = (word: string): string[] => devicesOf(word, all).map(({ address }) => address)
  assert.deepEqual(addresses('0781:5567'), ['1-2', '1-3'])
  assert.deepEqual(addresses('1-3'), ['1-3'])
  assert.deepEqual(addresses('1.5'), ['1-3'])
  assert.deepEqual(addresses('0000:01:00.0'), ['0000:01:00.0'])
  assert.deepEqual(addresses('1.6'), [])
})
