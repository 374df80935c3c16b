/** Answers of QEMU 7.2 in numbers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { driveFigures, imageFigures } from './figures.ts'

const STATS = {
  rd_operations: 3,
  rd_bytes: 1536,
  rd_total_time_ns: 900,
  wr_operations: 2,
  wr_bytes: 1024,
  wr_total_time_ns: 800,
  flush_operations: 1,
  flush_total_time_ns: 70,
  wr_highest_offset: 4096,
  account_failed: true,
}

test('a drive goes by the device that it is in, whichever part of that has it', () => {
  const idOf = (qdev: string): string => driveFigures({ qdev, stats: {} }).id
  assert.equal(idOf('/machine/peripheral/disk0/virtio-backend'), 'disk0')
  assert.equal(idOf('/machine/peripheral/disk3/disk3.0/legacy[0]'), 'disk3')
  assert.equal(idOf('cd0'), 'cd0')
})

test('how far a file has been written is told by who writes the file', () => {
  const answer = { qdev: 'disk1', 'node-name': 'disk1-1', stats: STATS }
  assert.deepEqual(driveFigures(answer), {
    id: 'disk1',
    node: 'disk1-1',
    reads: 3,
    readBytes: 1536,
    readNs: 900,
    writes: 2,
    writtenBytes: 1024,
    writeNs: 800,
    flushes: 1,
    flushNs: 70,
    highestWrite: 4096,
  })
  const qcow2 = { ...answer, parent: { stats: { wr_highest_offset: 327_680 } } }
  assert.equal(driveFigures(qcow2).highestWrite, 327_680)
})

test('a drive without a CD has nothing that it reads', () => {
  const { node, reads } = driveFigures({ qdev: 'cd0', 'node-name': '', stats: {} })
  assert.deepEqual([node, reads], [undefined, 0])
})

test('images by the names of their nodes', () => {
  const image = { 'virtual-size': 16_777_216, 'actual-size': 200_704 }
  const found = imageFigures([{ 'node-name': 'disk0', file: '/a.qcow2', drv: 'qcow2', image }])
  assert.deepEqual(
    [...found],
    [['disk0', { path: '/a.qcow2', format: 'qcow2', size: 16_777_216, used: 200_704 }]],
  )
})
