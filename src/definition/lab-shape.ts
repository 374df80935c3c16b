/** The keys of a lab's file that its parts do not have by themselves: one table that is read by, and that the schema for editors is printed from. */

export const LAB_KEYS = {
  name: 'what the lab is known by',
  networks: 'each as `weft net define` reads it',
  machines: 'each as `weft vm define` reads it',
} as const

/** What a lab says of a network besides its definition. */
export const NETWORK_OWN = {
  started: 'it runs when the lab has been applied; true',
  autostart: 'it is started when the host has booted; false',
} as const

export const MACHINE_OWN = {
  started: 'it runs when the lab has been applied; true',
} as const
