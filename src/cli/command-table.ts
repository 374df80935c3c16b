/** Every command by its words, each loaded only when it is the one typed. */
import type { Command } from './declare.ts'

type Load = () => Promise<{ readonly command: Command }>

export const COMMANDS: Readonly<Record<string, Load>> = {
  up: () => import('./commands/up.ts'),
  down: () => import('./commands/down.ts'),
  status: () => import('./commands/status.ts'),

  'net list': () => import('./commands/net/list.ts'),
  'net show': () => import('./commands/net/show.ts'),
  'net define': () => import('./commands/net/define.ts'),
  'net create': () => import('./commands/net/create.ts'),
  'net start': () => import('./commands/net/start.ts'),
  'net stop': () => import('./commands/net/stop.ts'),
  'net undefine': () => import('./commands/net/undefine.ts'),
  'net repair': () => import('./commands/net/repair.ts'),
  'net autostart': () => import('./commands/net/autostart.ts'),
  'net leases': () => import('./commands/net/leases.ts'),
  'net update': () => import('./commands/net/update.ts'),
  'net edit': () => import('./commands/net/edit.ts'),
  'bridge list': () => import('./commands/bridge-list.ts'),
  'port list': () => import('./commands/port/list.ts'),
  'port show': () => import('./commands/port/show.ts'),
  'port set': () => import('./commands/port/set.ts'),
  'port add': () => import('./commands/port/add.ts'),
  'port remove': () => import('./commands/port/remove.ts'),
  'rule list': () => import('./commands/rule/list.ts'),
  'rule add': () => import('./commands/rule/add.ts'),
  'rule remove': () => import('./commands/rule/remove.ts'),
  'rule set': () => import('./commands/rule/set.ts'),
  'group list': () => import('./commands/group/list.ts'),
  'group add': () => import('./commands/group/add.ts'),
  'group remove': () => import('./commands/group/remove.ts'),

  'disk list': () => import('./commands/disk/list.ts'),
  'disk show': () => import('./commands/disk/show.ts'),
  'disk create': () => import('./commands/disk/create.ts'),
  'disk resize': () => import('./commands/disk/resize.ts'),
  'disk delete': () => import('./commands/disk/delete.ts'),

  'image list': () => import('./commands/image/list.ts'),
  'image show': () => import('./commands/image/show.ts'),
  'image import': () => import('./commands/image/import.ts'),
  'image delete': () => import('./commands/image/delete.ts'),

  'vm list': () => import('./commands/vm/list.ts'),
  'vm show': () => import('./commands/vm/show.ts'),
  'vm create': () => import('./commands/vm/create.ts'),
  'vm set': () => import('./commands/vm/set.ts'),
  'vm start': () => import('./commands/vm/start.ts'),
  'vm stop': () => import('./commands/vm/stop.ts'),
  'vm kill': () => import('./commands/vm/kill.ts'),
  'vm console': () => import('./commands/vm/console.ts'),
  'vm delete': () => import('./commands/vm/delete.ts'),

  'sandbox start': () => import('./commands/sandbox/start.ts'),
  'sandbox stop': () => import('./commands/sandbox/stop.ts'),
  'sandbox status': () => import('./commands/sandbox/status.ts'),
  'sandbox shell': () => import('./commands/sandbox/shell.ts'),
  'sandbox exec': () => import('./commands/sandbox/exec.ts'),

  capture: () => import('./commands/capture.ts'),
  history: () => import('./commands/history.ts'),
  diff: () => import('./commands/diff.ts'),
  undo: () => import('./commands/undo.ts'),
  events: () => import('./commands/events.ts'),

  help: () => import('./commands/help.ts'),
  completion: () => import('./commands/completion.ts'),
  __complete: () => import('./commands/complete.ts'),
}

/** virsh's words, for those who come with notes: the same thing in weft's words. */
export const VIRSH_WORDS: Readonly<Record<string, readonly string[]>> = {
  'net-list': ['net', 'list'],
  'net-info': ['net', 'show'],
  'net-define': ['net', 'define'],
  'net-start': ['net', 'start'],
  'net-destroy': ['net', 'stop'],
  'net-undefine': ['net', 'undefine'],
  'net-autostart': ['net', 'autostart'],
  'net-dumpxml': ['net', 'show', '--xml'],
  'net-update': ['net', 'update'],
  'net-edit': ['net', 'edit'],
  'net-dhcp-leases': ['net', 'leases'],
}

export const NOUNS: Readonly<Record<string, string>> = {
  net: 'networks',
  bridge: 'bridges of the host',
  port: 'what is plugged into networks',
  rule: 'who may talk to whom on a network',
  group: 'groups of guests, for rules',
  disk: 'disks',
  image: 'what machines start from',
  vm: 'machines',
  sandbox: 'a world of namespaces to try everything in',
}
