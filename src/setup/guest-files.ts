/** What is inside the first machine besides busybox: how it starts, gets its address, and what it serves. */
import { device, directory, file, link, program, type CpioEntry } from './cpio.ts'

/** Commands of busybox the guest has by name. */
const COMMANDS =
  'sh mount insmod ip udhcpc httpd hostname cat echo ls ps ping wget nslookup arping poweroff reboot acpid setsid cttyhack sleep grep nc mkdir ln rm dmesg free df top vi clear uptime seq head tail timeout'

export function guestFiles(modules: readonly string[]): CpioEntry[] {
  return [
    ...['bin', 'dev', 'proc', 'sys', 'etc', 'etc/acpi', 'etc/acpi/PWRF', 'modules', 'tmp', 'mnt', 'www'].map(
      directory,
    ),
    device('dev/console', 5, 1),
    ...COMMANDS.split(' ').map((command) => link(`bin/${command}`, 'busybox')),
    program('init', INIT),
    program('etc/udhcpc.script', UDHCPC_SCRIPT),
    program('etc/acpi/PWRF/00000080', '#!/bin/sh\npoweroff -f\n'),
    file('etc/profile', PROFILE),
    file('etc/resolv.conf', ''),
    file('modules/order', modules.map((name) => `${name}\n`).join('')),
  ]
}

/** The first process. Each NIC asks for its lease in the background, so that the console is there at once. */
const INIT = `#!/bin/sh
export PATH=/bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
exec </dev/console >/dev/console 2>&1
while read -r module; do insmod "/modules/$module"; done </modules/order
name=guest
for word in $(cat /proc/cmdline); do
  case $word in weft.hostname=*) name=\${word#*=} ;; esac
done
hostname "$name"
echo "127.0.0.1 localhost $name" >/etc/hosts
echo "hello from $name" >/www/index.html
ip link set lo up
for nic in /sys/class/net/eth*; do
  nic=\${nic##*/}
  [ -e "/sys/class/net/$nic" ] || continue
  ip link set "$nic" up
  udhcpc -i "$nic" -x "hostname:$name" -s /etc/udhcpc.script -t 10 -T 1 -A 2 >/dev/null 2>&1 &
done
httpd -p 80 -h /www
acpid -l /dev/null -p /tmp/acpid.pid
echo "weft-guest up name=$name"
while :; do setsid cttyhack sh -l; done
`

/** udhcpc's hook: address, route and name server of the lease, then the line that tells the guest is ready. */
const UDHCPC_SCRIPT = `#!/bin/sh
case $1 in
  deconfig)
    ip addr flush dev "$interface"
    ;;
  bound|renew)
    ip addr replace "$ip/\${mask:-24}" dev "$interface"
    for gateway in $router; do ip route replace default via "$gateway" dev "$interface"; done
    : >/etc/resolv.conf
    [ -n "$domain" ] && echo "search $domain" >>/etc/resolv.conf
    for server in $dns; do echo "nameserver $server" >>/etc/resolv.conf; done
    [ "$1" = bound ] && echo "weft-guest ready ip=$ip interface=$interface" >/dev/console
    ;;
esac
`

const PROFILE = `export PATH=/bin HOME=/ TERM=\${TERM:-vt100}
PS1='\\h:\\w# '
`
