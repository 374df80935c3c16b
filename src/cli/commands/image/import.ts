/** weft image import */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { given, pathOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'image import',
    summary: 'make an image of a disk image or ISO on this host',
    arguments: [{ name: 'FILE', summary: 'a qcow2 or raw disk image, or an ISO', completes: 'file' }],
    flags: {
      name: { kind: 'text', value: 'NAME', summary: "its name; default: the file's, without its ending" },
      checksum: {
        kind: 'text',
        value: 'SUM',
        summary: 'sha256:HEX or sha512:HEX: refused when the file is something else',
      },
      user: { kind: 'text', value: 'USER', summary: 'who logs in' },
    },
    examples: [
      [
        'weft image import ./web.qcow2 --user admin',
        "a copy is kept; 'weft vm create --image web' starts from it",
      ],
      [
        'weft image import /srv/iso/tools.iso --name tools',
        'an ISO goes into the CD drive of machines made from it',
      ],
    ],
    changes: true,
  },
  ({ arguments: { FILE: file }, flags }, door) => {
    const { name, checksum, user } = flags
    const body = { path: pathOf(file, 'FILE'), ...given({ name, checksum, user }) }
    const known = `Image of ${file}`
    return change(
      door,
      'importImage',
      { body },
      { imported: `${known} imported`, 'here-already': `${known} was here already` },
    )
  },
)
