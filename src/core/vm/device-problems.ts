/** Disks and NICs that a machine has no room for, or that its type cannot have. */
import type { Problem } from '../errors.ts'
import { diskNumber, USB_DISKS } from './qemu-disks.ts'
import { mostSlots } from './slots.ts'
import type { DiskBus, VmSpec } from './spec.ts'

export function deviceProblems(spec: VmSpec): Problem[] {
  return [...roomProblems(spec), ...spec.disks.flatMap((_, i) => diskProblems(spec, i))]
}

/** q35's built-in controller has six places; pc's has four for CDs and IDE disks, and its extra one for SATA six. */
function roomProblems(spec: VmSpec): Problem[] {
  const on = (...buses: readonly DiskBus[]): number =>
    spec.disks.filter(({ bus }) => buses.includes(bus)).length
  const cds = spec.cdroms.length
  const [sata, ide] = [on('sata'), on('ide')]
  const problems: Problem[] = []
  const fits = spec.machine === 'pc' ? cds + ide <= 4 && sata <= 6 : cds + sata <= 6
  if (!fits) {
    const message = `machine type '${spec.machine}' has no room for ${String(cds)} CDs and ${String(sata + ide)} disks on SATA and IDE`
    problems.push({ path: 'disks', message, hint: 'put disks on the virtio bus' })
  }
  const slots = spec.nics.length + on('virtio') + (spec.shares ?? []).length + (spec.devices ?? []).length
  if (slots > mostSlots(spec.machine)) {
    const message = `${String(slots)} disks, NICs, shares and devices of the host are more than the ${String(mostSlots(spec.machine))} that fit in`
    problems.push({ path: 'nics', message, hint: 'put disks on the scsi bus' })
  }
  return problems
}

function diskProblems({ machine, disks }: VmSpec, position: number): Problem[] {
  const disk = disks[position]
  if (disk === undefined) return []
  const { bus, serial } = disk
  const problem = (message: string, hint: string): Problem => ({
    path: `disks.${String(position)}`,
    message,
    hint,
  })
  const problems: Problem[] = []
  if (bus === 'ide' && machine === 'q35')
    problems.push(problem(`a '${machine}' machine has no IDE bus`, 'bus=sata, or --machine pc'))
  if (bus === 'usb' && diskNumber(disk, position) >= USB_DISKS)
    problems.push(problem(`of a machine's disks the first ${String(USB_DISKS)} may be on USB`, 'bus=scsi'))
  const most = bus === 'scsi' ? 36 : 20
  if (serial !== undefined && (!/^[A-Za-z0-9 _.+-]+$/.test(serial) || serial.length > most))
    problems.push(
      problem(
        `'${serial}' is no serial number that a disk on the ${bus} bus can have`,
        `letters, digits and ' _.+-', at most ${String(most)}`,
      ),
    )
  return problems
}
