/** docs/reference/libvirt.md: which calls of libvirt's protocol are answered, from the protocol's table and the handlers there are. */
import { elementTables } from './libvirt-elements.ts'
import { ANSWERED } from '../src/libvirt/handlers/service.ts'
import { REMOTE_CALLS } from '../src/libvirt/wire/procedures.ts'
import { REFUSED_CALLS } from '../src/libvirt/wire/procedures/refused.ts'
import { REMOTE_EVENTS } from '../src/libvirt/wire/procedures/events.ts'
import { SENT_EVENTS } from '../src/libvirt/handlers/events.ts'
import { DIFFERENCES, NOT_YET } from '../test/support/transcript/differences.ts'

export function libvirtPage(generated: string): string {
  const calls = Object.entries({ ...REMOTE_CALLS, ...REFUSED_CALLS }).sort(
    ([, a], [, b]) => a.number - b.number,
  )
  const works = calls.filter(([name]) => ANSWERED.has(name)).length
  const rows = calls.map(([name, { number, api, access }]) => {
    const who = access === 'write' ? 'no' : typeof access === 'function' ? 'mostly' : 'yes'
    const shown = api === '' ? '' : `\`${api}\``
    return `| ${String(number)} | ${name} | ${shown} | ${ANSWERED.has(name) ? 'works' : 'refused'} | ${who} |`
  })
  const events = Object.entries(REMOTE_EVENTS)
    .sort(([, a], [, b]) => a.number - b.number)
    .map(
      ([name, { number }]) =>
        `| ${String(number)} | ${name} | ${SENT_EVENTS.has(name) ? 'sent' : 'never sent'} |`,
    )
  const differences = DIFFERENCES.map(
    ({ reason, commands }) => `| ${reason} | ${commands.map(code).join('<br>')} |`,
  )
  return `# libvirt's protocol

${generated}

weftd answers programs made for libvirt at \`/run/weft/libvirt-sock\`, and at \`/run/weft/libvirt-sock-ro\` those that only look:
\`virsh -c 'qemu+unix:///system?socket=/run/weft/libvirt-sock' list --all\`. With \`weftd --libvirt-socket /run/libvirt/libvirt-sock\` it
stands in for libvirtd, and programs need no URI ([decision 59](../decisions/0059-libvirts-wire-protocol.md)).

Of ${String(calls.length)} calls ${String(works)} work. One that is refused answers, as libvirt does, that the driver does not support it; programs fall back on
another call then, or say so. "Read only": whether a connection that only looks may make it; "mostly": not with the flags that ask for
secrets or for the guest's agent.

| number | procedure | made by | | read only |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

## Events

| number | event | |
| --- | --- | --- |
${events.join('\n')}

## Where virsh is answered otherwise than by libvirtd

A test types the same commands of stock virsh to weftd and to libvirtd, and compares exit codes and what is printed. These differ on purpose:

| why | shown by |
| --- | --- |
${differences.join('\n')}

${stillToCome()}## XML

What becomes of an element in a definition: it *works*; it is *kept*, which is to say read, given back, and nothing is made of it; or it is
*refused*, as an element or as an attribute, with the reason and its line; it is *not read* where libvirt's clients write it and weft knows
better. What does not stand in the table is refused as unknown. Of the host's interfaces and devices a text is only told.
\`weft vm import --from-libvirt\` and \`weft adopt --from-libvirt\` leave out of a machine what it can do without, and say so.

${elementTables()}
`
}

/** Nothing where nothing is left to be made. */
function stillToCome(): string {
  if (NOT_YET.length === 0) return ''
  const commands = NOT_YET.map((command) => `- ${code(command)}`).join('\n')
  return `And these differ because they are still to be made (${String(NOT_YET.length)}):\n\n${commands}\n\n`
}

/** As typed; the second time of a command is `#2`. */
function code(command: string): string {
  return `\`${command.replaceAll('|', '\\|')}\``
}
