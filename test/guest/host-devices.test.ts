/** A PCI device behind an IOMMU goes to VFIO and comes back, by the steps of a plan typed at a real kernel. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { HostFacts } from '../../src/core/host/facts.ts'
import { giveBackSteps, lendSteps, type LentDevice } from '../../src/core/host/lend-device.ts'
import { renderPlan } from '../../src/core/plan/render.ts'
import { startPlan, stopPlan } from '../../src/core/plan/plan.ts'
import { runToolGuest } from '../support/tool-guest.ts'

const ADDRESS = '0000:00:05.0'
const facts = { qemuUser: { name: 'qemu', owner: { uid: 990, gid: 991 } } } satisfies Partial<HostFacts>

/** By the guest's own group number. */
const device = (group: number): LentDevice => ({
  bus: 'pci',
  address: ADDRESS,
  group,
  driver: 'virtio-pci',
})
const lend = (group: number): string =>
  renderPlan(startPlan('lend', lendSteps([device(group)], { facts, vfio: 'loadable' })))
const giveBack = (group: number): string =>
  renderPlan(stopPlan('give back', giveBackSteps([device(group)], facts)))
/** The kernel numbers groups in the order it finds devices. */
const GROUP = '99'
const withGroup = (script: string): string => script.replaceAll(`/dev/vfio/${GROUP}`, '/dev/vfio/$group')

const LOOK = `
look() {
  d=/sys/bus/pci/devices/${ADDRESS}
  echo "$1: driver $(basename "$(readlink $d/driver 2>/dev/null)") override $(cat $d/driver_override) node $(stat -c %u:%g /dev/vfio/$group 2>/dev/null) net $(ls $d/virtio*/net 2>/dev/null)"
}
export group=$(basename "$(readlink /sys/bus/pci/devices/${ADDRESS}/iommu_group)")
`

let said = ''

before(async () => {
  const steps = lendSteps([device(99)], { facts, vfio: 'loaded' })
  const partly = steps.map((_, count) => stopPlan('partly', steps.slice(0, count)))
  said = await runToolGuest({
    programs: ['setpriv'],
    modules: ['virtio_pci', 'virtio_net', 'vfio_pci', 'vfio_iommu_type1'],
    files: {
      lend: withGroup(lend(99)),
      back: withGroup(giveBack(99)),
      ...Object.fromEntries(
        partly.map((plan, count) => [`part${String(count)}`, withGroup(renderPlan(plan))]),
      ),
    },
    hardware: [
      ...['-device', 'intel-iommu,caching-mode=on,device-iotlb=on,intremap=off'],
      ...['-netdev', 'user,id=n0,restrict=on'],
      ...['-device', 'virtio-net-pci,netdev=n0,addr=0x5,disable-legacy=on,iommu_platform=on,ats=on,romfile='],
    ],
    append: 'intel_iommu=on',
    script: `
modprobe() { :; }
${LOOK}
look before
(. /files/lend) || echo "lending has failed"
look lent
for uid in 990 992; do
  /programs/setpriv --reuid=$uid --regid=$uid --clear-groups --bounding-set=-all --inh-caps=-all sh -c "exec 3<>/dev/vfio/$group" && echo "open: $uid"
done
(. /files/back)
look back
(. /files/back)
look twice
${partly.map((_, count) => `(. /files/part${String(count)}); (. /files/back); look killed${String(count)}`).join('\n')}
`,
  })
})

const line = (name: string): string =>
  said
    .split('\n')
    .find((each) => each.startsWith(`${name}: `))
    ?.slice(name.length + 2) ?? said

test('vfio-pci takes a device from its driver, and one user may open its group', () => {
  assert.match(line('before'), /^driver virtio-pci override \(null\) node {2}net eth\d$/)
  assert.match(line('lent'), /^driver vfio-pci override vfio-pci node 990:991 net $/)
  assert.deepEqual(
    said.split('\n').filter((each) => each.startsWith('open: ')),
    ['open: 990'],
    said,
  )
})

test('it goes back to the driver that it had, with all that hung on it, and again changes nothing', () => {
  const expected = line('before')
  assert.equal(line('back'), expected)
  assert.equal(line('twice'), expected)
})

test('killed after any step, the way back leaves it as it was', () => {
  const killed = said.split('\n').filter((each) => /^killed\d: /.test(each))
  assert.equal(killed.length, 4)
  for (const each of killed) assert.equal(each.replace(/^killed\d: /, ''), line('before'))
})
