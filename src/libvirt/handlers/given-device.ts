/** From a device's XML to what the use cases take: problems in libvirt's words, images and networks found. */
import { imageOf, networkOfBridge } from '../../app/define-vm.ts'
import type { NewNic } from '../../app/change-nics.ts'
import { omit } from '../../core/vm/omit.ts'
import { withDriveName } from '../../core/vm/drive-names.ts'
import type { DiskDevice, MachineKind } from '../../core/vm/spec.ts'
import { parseDeviceXml, type GivenDevice } from '../xml/domain/device.ts'
import { fail, tellProblems } from './failures.ts'
import type { Context } from './handler.ts'

/** Devices that libvirt knows, and that a machine of weft's has for good or not at all. */
const OTHERS = new Set(
  (
    'controller input sound audio video graphics serial console channel parallel watchdog memballoon rng panic ' +
    'tpm redirdev hub smartcard shmem memory iommu vsock lease nvram crypto'
  ).split(' '),
)
const KNOWN = new Set(['disk', 'interface', 'hostdev', 'filesystem'])

export async function readDevice(xml: string, machine: MachineKind): Promise<GivenDevice> {
  const given = await parseDeviceXml(xml, machine)
  if ('problems' in given)
    throw fail('unsupportedConfig', 'domain', tellProblems(given.problems, 'device_definition'))
  if (!KNOWN.has(given.kind) && !OTHERS.has(given.kind))
    throw fail('xml', 'domain', `unknown device type '${given.kind}'`)
  return given
}

/** The first disk of it. */
export async function givenDisk({ app }: Context, { definition, target }: GivenDevice): Promise<DiskDevice> {
  const [wanted] = definition.disks
  if (wanted === undefined) throw fail('xml', 'domain', 'there is no disk in it')
  const { bus = 'virtio' } = wanted
  const disk = { ...omit(wanted, 'source', 'secret'), ...(await imageOf(app, wanted)), bus }
  return target === undefined ? disk : withDriveName(disk, target)
}

export function givenNic({ app }: Context, { definition }: GivenDevice): NewNic {
  const [wanted] = definition.nics
  if (wanted === undefined) throw fail('xml', 'domain', 'there is no interface in it')
  const { plug, model = 'virtio', ...rest } = wanted
  const place = { definition, what: 'the device' }
  const network = 'network' in plug ? plug.network : networkOfBridge(app, plug.bridge, 0, place)
  return { ...rest, model, network }
}
