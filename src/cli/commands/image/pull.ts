/** weft image pull */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { followPull } from '../../follow-pull.ts'

export const command = declareCommand(
  {
    words: 'image pull',
    summary: 'fetch an image from the project that publishes it',
    about:
      'What comes is held against the checksum that the project publishes, while it comes; what is not that is not kept. A pull that was ' +
      'cut, or that you end with Ctrl-C, goes on where it was when the command is typed again. An image that is here is fetched anew when ' +
      'the project has published another since.',
    arguments: [
      { name: 'IMAGE', summary: "its name: 'weft image list --available' shows them", completes: 'image' },
    ],
    flags: {
      insecure: {
        kind: 'switch',
        summary:
          'take what comes and hold it against nothing; the image is shown as not checked from then on',
      },
    },
    examples: [
      ['weft image pull debian-12', "what 'weft vm create --image debian-12' would do first"],
      ['weft image pull debian-12 --dry-run', 'from where it would come, and what it would be held against'],
    ],
    changes: true,
  },
  async ({ arguments: { IMAGE: name }, flags }, door) => {
    const stop = await followPull(door)
    try {
      const query = flags.insecure ? { insecure: true } : {}
      await change(
        door,
        'pullImage',
        { params: { name }, query },
        {
          pulled: `Image ${name} is here`,
          'here-already': `Image ${name} was here already, and nothing newer is published`,
          'would-pull': `Image ${name} would be pulled`,
        },
      )
    } finally {
      stop()
    }
  },
)
