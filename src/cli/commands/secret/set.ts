/** weft secret set */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { readBytes } from '../../read-bytes.ts'

export const command = declareCommand(
  {
    words: 'secret set',
    summary: 'have a secret say what is in a file',
    about: 'A newline at its end is a part of it. What it says stands in no plan and in no history.',
    arguments: [
      { name: 'SECRET', summary: 'its UUID, or what it is for', completes: 'secret' },
      { name: 'FILE', summary: 'what it says, byte for byte; - is stdin', completes: 'file' },
    ],
    flags: {},
    examples: [
      ['weft secret set /srv/web.qcow2 key', 'what is in the file, as it is'],
      ['printf %s "$KEY" | weft secret set /srv/web.qcow2 -', 'without a file'],
    ],
    changes: true,
  },
  async ({ arguments: { SECRET: secret, FILE: file } }, door) => {
    const value = (await readBytes(file, 'the value')).toString('base64')
    return change(door, 'setSecret', { params: { secret }, body: { value } }, { set: `Secret ${secret} set` })
  },
)
