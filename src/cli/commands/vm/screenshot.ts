/** weft vm screenshot */
import { writeFileSync } from 'node:fs'
import { WeftError } from '../../../core/errors.ts'
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { writeOut } from '../../output.ts'

export const command = declareCommand(
  {
    words: 'vm screenshot',
    summary: 'take a picture of the screen of a machine',
    arguments: [
      { name: 'VM', summary: 'its name', completes: 'vm' },
      { name: 'FILE', summary: 'NAME.png or NAME.ppm; - is standard output, as PNG', completes: 'file' },
    ],
    flags: {},
    examples: [
      ['weft vm screenshot win win.png', 'what a person would see on its screen'],
      ['weft vm screenshot win - | display', 'without a file'],
    ],
    changes: false,
  },
  async ({ arguments: { VM: name, FILE: file } }, door) => {
    const format = formatOf(file)
    const picture = await ask(door, 'screenshotVm', { params: { name }, query: { format } })
    const bytes = Buffer.from(picture.data, 'base64')
    if (file === '-') {
      writeOut(bytes)
      return
    }
    writePicture(file, bytes)
    door.show({ file, format, bytes: bytes.length }, `The screen of machine ${name} is in ${file}\n`)
  },
)

function formatOf(file: string): 'png' | 'ppm' {
  if (file === '-' || file.endsWith('.png')) return 'png'
  if (file.endsWith('.ppm')) return 'ppm'
  throw new WeftError('invalid-argument', `'${file}' does not say what kind of picture it is to be`, {
    hint: 'end it in .png or .ppm',
  })
}

function writePicture(file: string, bytes: Uint8Array): void {
  try {
    writeFileSync(file, bytes)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new WeftError('invalid-argument', `could not write '${file}': ${why}`, { cause })
  }
}
