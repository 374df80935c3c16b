/** What the tests' cloud image has besides its packages: how it starts, and what the packages' scripts would have made. */
import { device, directory, link, program, type CpioEntry } from '../../src/setup/cpio.ts'

/** The kernel's first root: it loads what the real one needs, and goes there. */
export function initramfsFiles(modules: readonly string[]): CpioEntry[] {
  const load = modules.map((name) => `insmod /modules/${name}.ko`).join('\n')
  const init = `#!/bin/sh
export PATH=/bin
mount -t devtmpfs dev /dev
${load}
mount -t ext4 /dev/vda /root
mount --move /dev /root/dev
exec switch_root /root /sbin/init
`
  return [
    ...['bin', 'dev', 'modules', 'root'].map(directory),
    device('dev/console', 5, 1),
    ...['sh', 'mount', 'insmod', 'switch_root'].map((name) => link(`bin/${name}`, 'busybox')),
    program('init', init),
  ]
}

/** cloud-init's four stages in the order systemd would run them, and the network between the first two. */
const INIT = `#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin PYTHONDONTWRITEBYTECODE=1
exec </dev/console >/dev/console 2>&1
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
chmod 1777 /tmp
mkdir -p /dev/pts /run/sshd /run/network /run/lock
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
ln -s /proc/self/fd /dev/fd
mount -o remount,rw /
busybox acpid -l /dev/null -p /run/acpid.pid
cloud-init init --local
ip link set lo up
ifup -a
cloud-init init
/usr/sbin/sshd
cloud-init modules --mode=config
cloud-init modules --mode=final
echo weft-cloud ready
while :; do busybox setsid busybox cttyhack sh; done
`

const POWER_BUTTON = `#!/bin/sh
sync
mount -o remount,ro /
busybox poweroff -f
`

/** The datasource is known, and what takes long and changes nothing here is left out. */
const CLOUD_CFG = `datasource_list: [NoCloud, None]
locale: false
ssh_genkeytypes: [ed25519]
apt_preserve_sources_list: true
cloud_init_modules: [set_hostname, update_hostname, users-groups, ssh]
cloud_config_modules: [runcmd]
cloud_final_modules: [scripts-user, final-message]
`

const PASSWD = `root:x:0:0:root:/root:/bin/bash
sshd:x:101:65534::/run/sshd:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`
const GROUPS =
  'root:0 adm:4 tty:5 disk:6 dialout:20 cdrom:24 floppy:25 sudo:27 audio:29 dip:30 video:44 plugdev:46 users:100 netdev:106 nogroup:65534'

const PAM = { auth: 'pam_unix.so', account: 'pam_unix.so', password: 'pam_unix.so', session: 'pam_permit.so' }

/** Path → content, or content and mode. */
export const ROOT_FILES: Readonly<Record<string, string | readonly [string, number]>> = {
  'sbin/init': [INIT, 0o755],
  'etc/acpi/PWRF/00000080': [POWER_BUTTON, 0o755],
  'etc/cloud/cloud.cfg.d/99_test.cfg': CLOUD_CFG,
  'etc/passwd': PASSWD,
  'etc/group': GROUPS.split(' ')
    .map((each) => `${each.replace(':', ':x:')}:\n`)
    .join(''),
  'etc/shadow': [
    'root:*:19000:0:99999:7:::\nsshd:*:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n',
    0o640,
  ],
  'etc/gshadow': ['', 0o640],
  'etc/hosts': '127.0.0.1 localhost\n',
  'etc/hostname': 'image\n',
  'etc/fstab': '',
  'etc/nsswitch.conf': 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n',
  'etc/network/interfaces': 'auto lo\niface lo inet loopback\nsource /etc/network/interfaces.d/*\n',
  'etc/ssh/sshd_config': 'UsePAM yes\nPasswordAuthentication no\nUseDNS no\n',
  ...Object.fromEntries(
    Object.entries(PAM).map(([kind, module]) => [`etc/pam.d/common-${kind}`, `${kind} required ${module}\n`]),
  ),
  'etc/pam.d/common-session-noninteractive': 'session required pam_permit.so\n',
}
