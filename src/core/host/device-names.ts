/**
 * What pci.ids and usb.ids say of devices and their classes; a few words for the classes where those lists are not installed. Their lines
 * are `8086  Intel`, below it `<TAB>10d3  82574L`; for classes `C 02  Network`, below it `<TAB>00  Ethernet`.
 */

/** Maker and model; undefined when nobody knows either. `list` is the whole file: it is searched, not taken apart. */
export function nameOfDevice(list: string, vendor: string, product: string): string | undefined {
  const section = sectionOf(list, vendor)
  const known = [section?.title, section?.titleOf(product)].filter((word) => word !== undefined)
  return known.length === 0 ? undefined : known.join(' ')
}

/** `code` as in SeenDevice. */
export function nameOfClass(list: string, bus: 'pci' | 'usb', code: string): string | undefined {
  const [base, sub] = [code.slice(0, 2), code.slice(2, 4)]
  const section = sectionOf(list, `C ${base}`)
  // A USB device's subclass means little to people.
  return (bus === 'pci' ? section?.titleOf(sub) : undefined) ?? section?.title ?? CLASSES[bus][base]
}

interface Section {
  readonly title: string
  readonly titleOf: (id: string) => string | undefined
}

function sectionOf(list: string, head: string): Section | undefined {
  const at = `\n${list}`.indexOf(`\n${head}  `)
  if (at < 0) return undefined
  const begin = at + head.length + 2
  const rest = list.slice(begin, begin + LONGEST_SECTION)
  const body = rest.slice(0, /\n[^\t#]/.exec(rest)?.index)
  return {
    title: firstLine(body),
    titleOf: (id) => {
      const found = body.indexOf(`\n\t${id}  `)
      return found < 0 ? undefined : firstLine(body.slice(found + id.length + 4))
    },
  }
}

/** Characters: Intel's, the longest by far, has a third of that. */
const LONGEST_SECTION = 1_000_000

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''

/** PCI Code and ID Assignment Specification, 1; usb.org's list of base classes. */
const CLASSES: Readonly<Record<'pci' | 'usb', Readonly<Record<string, string>>>> = {
  pci: {
    '01': 'Mass storage controller',
    '02': 'Network controller',
    '03': 'Display controller',
    '04': 'Multimedia controller',
    '06': 'Bridge',
    '07': 'Communication controller',
    '0c': 'Serial bus controller',
  },
  usb: {
    '01': 'Audio',
    '03': 'Human Interface Device',
    '07': 'Printer',
    '08': 'Mass Storage',
    '09': 'Hub',
    '0e': 'Video',
    e0: 'Wireless',
  },
}
