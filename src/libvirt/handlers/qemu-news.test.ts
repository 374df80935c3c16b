/** QEMU's own words, as its documentation has them, in libvirt's events. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newsOf } from './qemu-news.ts'

const dom = { name: 'web', uuid: '11111111-2222-4333-8444-555555555555', id: 1 }
const drive = {
  target: 'vda',
  path: '/a.qcow2',
  id: 'disk0',
  node: 'disk0',
  format: 'qcow2',
  isCd: false,
} as const

const told = (event: string, data: unknown): unknown[] =>
  newsOf({ event, data }, dom, [drive]).map(({ name, message }) => [name, message])

test('numbers are in the measure of libvirt', () => {
  assert.deepEqual(told('BALLOON_CHANGE', { actual: 67_108_864 }), [
    ['DOMAIN_EVENT_CALLBACK_BALLOON_CHANGE', { msg: { dom, actual: 65_536n } }],
  ])
  assert.deepEqual(told('RTC_CHANGE', { offset: -3600, 'qom-path': '/machine/rtc' }), [
    ['DOMAIN_EVENT_CALLBACK_RTC_CHANGE', { msg: { dom, offset: -3600n } }],
  ])
  assert.deepEqual(told('WATCHDOG', { action: 'reset' }), [
    ['DOMAIN_EVENT_CALLBACK_WATCHDOG', { msg: { dom, action: 2 } }],
  ])
})

test('a disk goes by its path and its alias, and a full one says why', () => {
  const data = { device: '', 'node-name': 'disk0', operation: 'write', action: 'stop', nospace: true }
  const msg = { dom, srcPath: '/a.qcow2', devAlias: 'disk0', action: 1 }
  assert.deepEqual(told('BLOCK_IO_ERROR', data), [
    ['DOMAIN_EVENT_CALLBACK_IO_ERROR', { msg }],
    ['DOMAIN_EVENT_CALLBACK_IO_ERROR_REASON', { msg: { ...msg, reason: 'enospc' } }],
  ])
  const job = { device: 'weft-disk0', type: 'commit' }
  assert.deepEqual(told('BLOCK_JOB_READY', job), [
    ['DOMAIN_EVENT_CALLBACK_BLOCK_JOB', { msg: { dom, path: '/a.qcow2', type: 4, status: 3 } }],
    ['DOMAIN_EVENT_BLOCK_JOB_2', { dom, dst: 'vda', type: 4, status: 3 }],
  ])
  assert.deepEqual(told('BLOCK_JOB_READY', { ...job, device: 'other' }), [])
})

test('who looks at the screen comes and goes', () => {
  const end = { family: 'unix', host: '', service: '/run/vnc.sock', websocket: false }
  const at = { family: 2, node: '', service: '/run/vnc.sock' }
  const msg = { dom, phase: 0, local: at, remote: { ...at, service: '' }, authScheme: 'none', subject: [] }
  assert.deepEqual(
    told('VNC_CONNECTED', { server: { ...end, auth: 'none' }, client: { ...end, service: '' } }),
    [['DOMAIN_EVENT_CALLBACK_GRAPHICS', { msg }]],
  )
})

test('trays, sleep', () => {
  assert.deepEqual(told('DEVICE_TRAY_MOVED', { device: '', id: 'cd0', 'tray-open': true }), [
    ['DOMAIN_EVENT_CALLBACK_TRAY_CHANGE', { msg: { dom, devAlias: 'cd0', reason: 0 } }],
  ])
  assert.deepEqual(told('SUSPEND', undefined), [
    ['DOMAIN_EVENT_CALLBACK_PMSUSPEND', { reason: 0, msg: { dom } }],
  ])
  assert.deepEqual(told('NIC_RX_FILTER_CHANGED', {}), [])
})
