/** Names of devices, out of lists as pci.ids and usb.ids are. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nameOfClass, nameOfDevice } from './device-names.ts'

const LIST = `# A comment
8086  Intel Corporation
	10d3  82574L Gigabit Network Connection
		103c 1589  Something that is built with it
	1572  Ethernet Controller X710
1af4  Red Hat, Inc.

C 02  Network controller
	00  Ethernet controller
		01  A programming interface
	80  Network controller
AT 0100  USB Streaming
	00  Undefined
`

test('a device has the name of its maker, and its own where that is known', () => {
  assert.equal(nameOfDevice(LIST, '8086', '10d3'), 'Intel Corporation 82574L Gigabit Network Connection')
  assert.equal(nameOfDevice(LIST, '8086', '1041'), 'Intel Corporation')
  assert.equal(nameOfDevice(LIST, '1af4', '10d3'), 'Red Hat, Inc.', "a product is its own maker's")
  assert.equal(nameOfDevice(LIST, 'dead', 'beef'), undefined)
  assert.equal(nameOfDevice('', '8086', '10d3'), undefined)
})

test('what is built with a device is not taken for one', () => {
  assert.equal(nameOfDevice(LIST, '8086', '103c'), 'Intel Corporation')
})

test('a class is told as closely as it is known, and without a list, too', () => {
  assert.equal(nameOfClass(LIST, 'pci', '020000'), 'Ethernet controller')
  assert.equal(nameOfClass(LIST, 'pci', '020700'), 'Network controller')
  assert.equal(nameOfClass('', 'pci', '020000'), 'Network controller')
  assert.equal(nameOfClass('', 'usb', '08'), 'Mass Storage')
  assert.equal(nameOfClass('', 'pci', 'ff0000'), undefined)
})
