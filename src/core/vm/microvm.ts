/** What does not go with a microvm, QEMU's smallest machine: it has virtio devices, a serial port and no bus for anything else. */
import type { Problem } from '../errors.ts'
import type { VmSpec } from './spec.ts'

/** Nothing of other machines. */
export function microvmProblems(spec: VmSpec): Problem[] {
  if (spec.machine !== 'microvm') return []
  return [...partProblems(spec), ...deviceProblems(spec), ...bootProblems(spec)]
}

const ELSE = 'or another machine: --machine q35'

function partProblems({ firmware, display, video, tpm, maxCpus }: VmSpec): Problem[] {
  const has = (part: unknown, path: string, what: string, hint: string): Problem[] =>
    part === undefined ? [] : [{ path, message: `a 'microvm' machine ${what}`, hint: `${hint}, ${ELSE}` }]
  return [
    ...has(firmware, 'firmware', 'has no flash for UEFI', '--firmware bios'),
    ...has(display, 'display', 'has no video card', '--display none: it speaks on its console'),
    ...has(video === 'none' ? undefined : video, 'video', 'has no video card', '--video none'),
    ...has(tpm, 'tpm', 'has no place for a TPM', 'leave it out'),
    ...has(maxCpus, 'maxCpus', 'can be given no processors while it runs', 'leave max= out'),
  ]
}

function deviceProblems({ disks, cdroms, nics }: VmSpec): Problem[] {
  return [
    ...disks.flatMap(({ bus }, i): Problem[] => {
      if (bus === 'virtio' || bus === 'scsi') return []
      const message = `a 'microvm' machine has no ${bus.toUpperCase()} bus`
      return [{ path: `disks.${String(i)}`, message, hint: `bus=virtio or bus=scsi, ${ELSE}` }]
    }),
    ...cdroms.map(({ path }, i) => ({
      path: `cdroms.${String(i)}`,
      message: "a 'microvm' machine has no CD drive",
      hint: `a disk that is only read: --disk ${path ?? 'FILE.iso'},ro, ${ELSE}`,
    })),
    ...nics.flatMap(({ model }, i): Problem[] => {
      if (model === 'virtio') return []
      const message = `a 'microvm' machine has no PCI bus for a NIC of model '${model}'`
      return [{ path: `nics.${String(i)}.model`, message, hint: `model=virtio, ${ELSE}` }]
    }),
  ]
}

/** Its BIOS has a driver for virtio disks and none for NICs. */
function bootProblems({ boot, nics }: VmSpec): Problem[] {
  const message = "a 'microvm' machine does not boot from the network"
  const hint = `--kernel FILE, or from a disk, ${ELSE}`
  return [
    ...(boot.includes('net') ? [{ path: 'boot', message, hint }] : []),
    ...nics.flatMap(({ bootOrder }, i): Problem[] =>
      bootOrder === undefined ? [] : [{ path: `nics.${String(i)}.boot`, message, hint }],
    ),
  ]
}
