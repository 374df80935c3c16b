/** One device's XML by itself, as clients hand it over to attach, change or detach it. */
import type { Problem } from '../../../core/errors.ts'
import type { VmDefinition } from '../../../core/vm/definition.ts'
import type { MachineKind } from '../../../core/vm/spec.ts'
import { parseXml, type XmlElement } from '../xml-tree.ts'
import { parseDomainXml } from './domain.ts'

export interface GivenDevice {
  /** The element's name. */
  readonly kind: string
  /** The device as the only one of a machine. Empty for kinds that cannot come or go by themselves. */
  readonly definition: VmDefinition
  /** What a disk is called: vda. */
  readonly target: string | undefined
  /** Of an interface: whether its cable is plugged in. */
  readonly link: 'up' | 'down' | undefined
}

/** Kinds that weft can add to a machine and take from it. */
const READ = new Set(['disk', 'interface', 'hostdev', 'filesystem'])

export async function parseDeviceXml(
  text: string,
  machine: MachineKind,
): Promise<GivenDevice | { readonly problems: readonly Problem[] }> {
  const parsed = await parseXml(text)
  if ('problem' in parsed) return { problems: [parsed.problem] }
  const { root } = parsed
  const given = { kind: root.name, target: attribute(child(root, 'target'), 'dev'), link: linkOf(root) }
  const device = READ.has(root.name) ? root.source : ''
  const result = await parseDomainXml(inMachine(device, machine))
  return 'problems' in result ? result : { ...given, definition: result.definition }
}

/** On the lines that it stands on, so that problems are told with theirs. */
const inMachine = (device: string, machine: MachineKind): string =>
  `<domain type='qemu'><name>device</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>` +
  `<os><type arch='x86_64' machine='${machine}'>hvm</type></os><devices>${device}</devices></domain>`

function linkOf(root: XmlElement): GivenDevice['link'] {
  const state = root.name === 'interface' ? attribute(child(root, 'link'), 'state') : undefined
  return state === 'up' || state === 'down' ? state : undefined
}

const child = ({ children }: XmlElement, name: string): XmlElement | undefined =>
  children.find((each) => each.name === name)

const attribute = (element: XmlElement | undefined, name: string): string | undefined =>
  element?.attributes.find((each) => each.name === name)?.value
