/** PCI and USB devices of the host that a line gives to its guest. */
import { parseDeviceWord } from '../../core/host/device-word.ts'
import type { HostDeviceSpec } from '../../core/vm/hardware-spec.ts'
import type { LineReader } from './line-options.ts'
import type { OptionValues } from './option-values.ts'

export function readHostDevices(reader: LineReader): HostDeviceSpec[] {
  return reader.takeDevices(/^(vfio-pci|usb-host)$/).flatMap(({ option, driver, values }) => {
    const said = driver === 'vfio-pci' ? values.take('host') : usbWord(values)
    // Where it is plugged in is weft's to say.
    values.drop(/^(id|bus|addr|port|multifunction)$/)
    reader.finish(option, values)
    const device = said === undefined ? undefined : parseDeviceWord(said)
    if (device === undefined) {
      const hint =
        driver === 'vfio-pci' ? 'vfio-pci,host=0000:01:00.0' : 'usb-host,vendorid=0x0781,productid=0x5567'
      reader.refuse(option.value, `-device ${option.value.text} names no device of a host`, hint)
      return []
    }
    reader.taken(option, `the device ${device} of this host, while it runs: weft host device list`)
    return [{ device }]
  })
}

/** As lsusb, `weft host device list` or sysfs name it. */
function usbWord(values: OptionValues): string | undefined {
  const [vendor, product] = [values.take('vendorid'), values.take('productid')].map(fourDigits)
  const [bus, address, port] = [values.take('hostbus'), values.take('hostaddr'), values.take('hostport')]
  if (bus !== undefined && port !== undefined) return `${bus}-${port}`
  if (bus !== undefined && address !== undefined) return `${bus}.${address}`
  return vendor === undefined || product === undefined ? undefined : `${vendor}:${product}`
}

/** QEMU takes 0x781 and 1921. */
function fourDigits(text: string | undefined): string | undefined {
  const number = text === undefined || !/^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number.NaN : Number(text)
  return number <= 0xffff ? number.toString(16).padStart(4, '0') : undefined
}
