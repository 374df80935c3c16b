/** Programs that weft works without: what each is good for is refused by name until its Debian package is there. */

export const OPTIONAL_PROGRAMS = {
  tcpdump: 'tcpdump',
  tc: 'iproute2',
  xorriso: 'xorriso',
  swtpm: 'swtpm',
} as const
