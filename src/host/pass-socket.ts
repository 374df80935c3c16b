/**
 * Hands a connected socket to another program over the socket that it has come by (SCM_RIGHTS, unix(7)). Node has no words for that;
 * perl, which no Debian or Ubuntu is without, makes the system call.
 */
import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { WeftError } from '../core/errors.ts'
import { commandEnvironment } from './command-error.ts'

/** The kernel's numbers of sendmsg(2). */
const SENDMSG: Readonly<Partial<Record<string, number>>> = { x64: 46, arm64: 211 }
/** Who does not read what is there for so long gets no descriptor. */
const LIMIT_MS = 10_000
/** perl could not reach the socket: nothing has been sent. */
const UNREACHED = 2

/**
 * Connects to the socket at `path`, sends `packet` to the client, and after it one byte that the connection goes with. Nobody may write to
 * the client meanwhile. Throws WeftError 'unsupported' or 'command-failed' as long as the client has got nothing; afterwards it is cut off.
 */
export async function passSocket(client: Socket, packet: Buffer, path: string): Promise<void> {
  const number = SENDMSG[process.arch]
  if (number === undefined)
    throw new WeftError('unsupported', `sockets cannot be passed to other programs on ${process.arch}`)
  // The client's socket is number 3 there.
  const child = spawn('perl', ['-e', PROGRAM, String(number), path, packet.toString('hex')], {
    env: commandEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe', client],
    timeout: LIMIT_MS,
  })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text))
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', ({ message }) => {
      said = message
      resolve(UNREACHED)
    })
    child.on('close', resolve)
  })
  if (code === 0) return
  if (code !== UNREACHED) client.destroy()
  throw new WeftError('command-failed', `nothing answers at ${path}`, { details: [['it said', said.trim()]] })
}

/** 1 is AF_UNIX, SOCK_STREAM, SOL_SOCKET and SCM_RIGHTS. The layouts are those of struct msghdr, iovec and cmsghdr with 64 bits. */
const PROGRAM = `
my ($sendmsg, $path, $packet) = ($ARGV[0] + 0, $ARGV[1], pack('H*', $ARGV[2]));
my $there;
unless (socket($there, 1, 1, 0) && connect($there, pack('S a108', 1, $path))) {
  print STDERR $!;
  exit ${String(UNREACHED)};
}
open(my $client, '+<&=', 3) or die;
sub retry {
  die "$!" unless $!{EAGAIN} || $!{EINTR};
  vec(my $ready = '', 3, 1) = 1;
  select(undef, $ready, undef, undef);
}
while ($packet ne '') {
  my $sent = syswrite($client, $packet);
  defined $sent ? substr($packet, 0, $sent, '') : retry();
}
my $byte = "\\0";
my $control = pack('Q l l l x4', 20, 1, 1, fileno($there));
my $vector = pack('P Q', $byte, 1);
my $message = pack('Q L x4 P Q P Q l x4', 0, 0, $vector, 1, $control, length($control), 0);
retry() while syscall($sendmsg, 3, $message, 0) < 0;
`
