/** The host itself. */
import type { HostDeviceView, HostLinkView } from '../../api/host-views.ts'
import { listHostDevices, type ExplainedDevice } from '../../app/host-devices.ts'
import { listHostLinks, type ExplainedLink } from '../../app/host-links.ts'
import { drawNetwork } from '../../app/net-map.ts'
import type { Handlers } from '../handler.ts'

export const hostHandlers = {
  map: ({ app }) => drawNetwork(app),
  listHostLinks: async ({ app }) => (await listHostLinks(app)).map(linkView),
  listHostDevices: async ({ app }) => (await listHostDevices(app)).map(deviceView),
} satisfies Handlers<'map' | 'listHostLinks' | 'listHostDevices'>

function linkView({ detail: { link, isWayOut }, story }: ExplainedLink): HostLinkView {
  return {
    name: link.name,
    ...story,
    isUp: link.isUp,
    hasCarrier: link.hasCarrier,
    isWayOut: isWayOut === true,
    mac: link.mac ?? null,
    mtu: link.mtu,
    master: link.master ?? null,
    addresses: [...link.ipv4, ...link.ipv6].map(({ address, prefix }) => `${address}/${String(prefix)}`),
  }
}

function deviceView({ device, story }: ExplainedDevice): HostDeviceView {
  const { bus, address, vendor, product, drivers, links, disks } = device
  const { text, refusal, goesWith } = story
  return {
    bus,
    address,
    kind: device.className ?? null,
    name: device.name ?? null,
    vendor,
    product,
    drivers,
    iommuGroup: device.group ?? null,
    text,
    links,
    disks: disks.map(({ disk }) => disk),
    isFree: refusal === undefined,
    because: refusal?.because ?? null,
    hint: refusal?.hint ?? null,
    goesWith,
  }
}
