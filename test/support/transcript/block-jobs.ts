/** Jobs on disks of a machine that runs: copies and commits that are held until somebody pivots or aborts, thresholds, and its processors. */
import type { Chapter } from './step.ts'

const CHAINED = `<domain type='qemu'>
  <name>chained</name>
  <uuid>22222222-0000-4000-8000-000000000003</uuid>
  <memory unit='MiB'>64</memory>
  <vcpu>2</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='$POOL/chain-top.qcow2'/>
      <target dev='vda' bus='virtio'/>
    </disk>
  </devices>
</domain>
`
/** libvirt copies disks of machines with a definition only where the job may end with the machine. */
const COPY = '--transient-job --wait'

export const BLOCK_JOBS: Chapter = {
  title: 'Jobs on disks',
  steps: [
    { file: 'chained.xml', text: CHAINED },
    'vol-create-as default chain-base.qcow2 4M --format qcow2',
    ...['base mid', 'mid top'].map((pair) => {
      const [below = '', name = ''] = pair.split(' ')
      return `vol-create-as default chain-${name}.qcow2 4M --format qcow2 --backing-vol chain-${below}.qcow2 --backing-vol-format qcow2`
    }),
    'define chained.xml',
    'blockcopy chained vda $POOL/chain-copy.qcow2 --transient-job',
    {
      listen: 'event --all --loop',
      marker: "'bare'",
      probe: ['define bare.xml', 'undefine bare'],
      meanwhile: [
        'start chained',
        `blockcopy chained vda $POOL/chain-heard.qcow2 ${COPY} --pivot`,
        `blockcopy chained vda $POOL/chain-left.qcow2 ${COPY} --finish`,
        `blockcopy chained vda $POOL/chain-gone.qcow2 ${COPY}`,
        'blockjob chained vda --abort',
        'define chained.xml',
      ],
      until: "for domain 'chained': Defined Updated",
    },
    'destroy chained',
    'start chained',
    'blockjob chained vda',
    'blockjob chained vdz',
    'blockjob chained vda --pivot',
    'blockjob chained vda --abort',
    'blockcopy chained vdz $POOL/chain-copy.qcow2 --transient-job',
    'blockcopy chained vda',
    'blockcopy chained vda $POOL/chain-none.img --reuse-external --transient-job',
    `blockcopy chained vda $POOL/chain-copy.qcow2 --format qcow2 ${COPY}`,
    'blockjob chained vda',
    'blockpull chained vda',
    'blockcommit chained vda --active',
    `blockcopy chained vda $POOL/chain-other.qcow2 ${COPY}`,
    'suspend chained',
    'resume chained',
    'domblklist chained',
    'blockjob chained vda --abort',
    'domblklist chained',
    `blockcopy chained vda $POOL/chain-copy.qcow2 ${COPY}`,
    `blockcopy chained vda $POOL/chain-moved.qcow2 ${COPY} --pivot`,
    'domblklist chained',
    'domblklist chained --inactive',
    `blockcopy chained vda $POOL/chain-raw.img --format raw ${COPY} --finish`,
    'domblklist chained',
    `blockcopy chained vda $POOL/chain-copy.qcow2 --format qcow2 --reuse-external ${COPY} --pivot`,
    'domblklist chained',
    'destroy chained',
    'define chained.xml',
    'start chained',
    'blockcommit chained vda',
    'blockcommit chained vda --base $POOL/nothing',
    'blockcommit chained vda --top $POOL/nothing',
    'blockcommit chained vda --top $POOL/chain-base.qcow2 --active',
    'blockcommit chained vda --top $POOL/chain-mid.qcow2 --active',
    'blockcommit chained vda --active --shallow --base $POOL/chain-base.qcow2',
    'blockcommit chained vda --active --shallow --wait --keep-overlay',
    'blockjob chained vda',
    'blockcommit chained vda --active --base $POOL/chain-base.qcow2 --wait',
    'blockjob chained vda',
    'blockjob chained vda --pivot',
    'domblklist chained',
    'domblklist chained --inactive',
    'blockcommit chained vda --active',
    'domblkthreshold chained vda 1M',
    'domblkthreshold chained vdz 1M',
    'setvcpu chained 1 --enable',
    'setvcpu chained 1 --disable',
    'setvcpu chained 7 --disable',
    'blockcopy chained vda $POOL/chain-kept.qcow2 --wait --finish',
    'vol-delete chain-kept.qcow2 default',
    `blockcopy chained vda $POOL/chain-held.qcow2 ${COPY}`,
    'destroy chained',
    'domblklist chained',
    'pool-refresh default',
    'vol-list default',
    'undefine chained',
    ...['top', 'mid', 'base', 'heard', 'left', 'gone', 'copy', 'moved', 'held'].map(
      (name) => `vol-delete chain-${name}.qcow2 default`,
    ),
    'vol-delete chain-raw.img default',
  ],
}
