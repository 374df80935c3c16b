/** The smallest thing that a BIOS boots: one sector that says its name on the serial port, and halts. */

/** What is at 0x7c00 when the BIOS jumps there. */
const CODE = [
  ...[0xfa, 0x31, 0xc0, 0x8e, 0xd8], // cli; xor ax,ax; mov ds,ax
  ...[0xba, 0xf8, 0x03], // mov dx,0x3f8: the first serial port
  ...[0xbe, 0x17, 0x7c, 0xfc], // mov si,0x7c17: the text; cld
  ...[0xac, 0x84, 0xc0, 0x74, 0x03, 0xee, 0xeb, 0xf8], // lodsb; test al,al; jz; out dx,al; jmp
  ...[0xf4, 0xeb, 0xfd], // hlt; jmp
]

/** Enough sectors for a disk that every bus takes. */
export function bootDisk(text: string, sectors = 2048): Buffer {
  const disk = Buffer.alloc(sectors * 512)
  Buffer.from(CODE).copy(disk)
  disk.write(`${text}\r\n`, CODE.length, 'ascii')
  disk.writeUInt16LE(0xaa55, 510)
  return disk
}
