/** A program in Perl, with Sys::Virt: it lists, starts and is refused as by libvirtd. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { desktopRoot, enterDesktop, type Desktop } from '../support/desktop.ts'
import { startWeft, type Weft } from './weft-process.ts'

let weft: Weft
let desktop: Desktop

before(async () => {
  const root = desktopRoot()
  weft = await startWeft(root)
  desktop = await enterDesktop(root)
  weft.ok('vm', 'create', 'web', '--memory', '64')
})

after(() => weft.stop())

const PROGRAM = `
use strict;
use Sys::Virt;
my $connection = Sys::Virt->new(uri => $ARGV[0]);
print "type ", $connection->get_type, "\\n";
print "network ", $_->get_name, " ", $_->get_bridge_name, "\\n" for $connection->list_all_networks;
print "domain ", $_->get_name, " ", $_->is_active ? "on" : "off", "\\n" for $connection->list_defined_domains;
my $domain = $connection->get_domain_by_name('web');
$domain->create;
my $info = $domain->get_info;
print "state $info->{state} memory $info->{memory} cpus $info->{nrVirtCpu}\\n";
print "autostart ", $domain->get_autostart ? 1 : 0, "\\n";
$domain->set_autostart(1);
print "autostart ", $domain->get_autostart ? 1 : 0, "\\n";
$domain->destroy;
eval { $domain->destroy };
print "refused ", $@->code, " ", $@->message, "\\n";
eval { $connection->get_domain_by_name('nobody') };
print "refused ", $@->code, " ", $@->message, "\\n";
`

test('it says what a program of libvirtd would', async () => {
  const uri = `qemu+unix:///system?socket=${weft.root}/run/weft/libvirt-sock`
  assert.deepEqual((await desktop.room.run(['perl', '-e', PROGRAM, uri])).trim().split('\n'), [
    'type QEMU',
    'network default virbr0',
    'domain web off',
    'state 1 memory 65536 cpus 1',
    'autostart 0',
    'autostart 1',
    'refused 55 Requested operation is not valid: domain is not running',
    "refused 42 Domain not found: no domain with matching name 'nobody'",
  ])
})
