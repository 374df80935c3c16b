# Stands in a machine, where there is nothing but perl itself: `serve NAME PORT` answers whoever calls by TCP and UDP, in both families,
# with its name and whom it saw; `ask tcp|udp ADDRESS PORT` calls, and prints the answer.
my ($what, @rest) = @ARGV;
my %families = (4 => 2, 6 => 10);
my %types = (tcp => 1, udp => 2);

sub packed {
  my ($address, $port) = @_;
  return pack('S n C4 x8', $families{4}, $port, split /\./, $address) unless $address =~ /:/;
  my ($head, $tail) = map { [map { hex } split /:/] } split /::/, $address, 2;
  $tail //= [];
  return pack('S n N n8 N', $families{6}, $port, 0, @$head, (0) x (8 - @$head - @$tail), @$tail, 0);
}

# Sockets of IPv6 see callers of IPv4 in an address of its own spelling.
sub plain {
  my ($family, $port, $flow, @words) = unpack('S n N n8', shift);
  return "@words[0 .. 5]" eq '0 0 0 0 0 65535'
    ? join('.', map { ($_ >> 8, $_ & 255) } @words[6, 7]) : join(':', map { sprintf '%x', $_ } @words);
}

if ($what eq 'serve') {
  my ($name, $port) = @rest;
  socket(my $tcp, $families{6}, $types{tcp}, 0) or die $!;
  socket(my $udp, $families{6}, $types{udp}, 0) or die $!;
  for my $socket ($tcp, $udp) { bind($socket, packed('::', $port)) or die $! }
  listen($tcp, 16) or die $!;
  while (1) {
    my $ready = '';
    vec($ready, fileno($_), 1) = 1 for $tcp, $udp;
    select($ready, undef, undef, undef);
    if (vec($ready, fileno($tcp), 1)) {
      my $from = accept(my $caller, $tcp) or next;
      syswrite($caller, "$name " . plain($from));
      close($caller);
    }
    if (vec($ready, fileno($udp), 1)) {
      my $from = recv($udp, my $said, 64, 0);
      send($udp, "$name " . plain($from), 0, $from) if defined $from;
    }
  }
}

my ($how, $address, $port) = @rest;
$| = 1;
socket(my $socket, $families{$address =~ /:/ ? 6 : 4}, $types{$how}, 0) or die $!;
$SIG{ALRM} = sub { print "nobody\n"; exit };
alarm 8;
connect($socket, packed($address, $port)) or do { print "nobody: $!\n"; exit };
my $said;
for (1 .. 4) {
  syswrite($socket, 'x') if $how eq 'udp';
  my $ready = '';
  vec($ready, fileno($socket), 1) = 1;
  next unless select($ready, undef, undef, 2);
  sysread($socket, $said, 64) or $said = "nobody: $!";
  last;
}
print $said // 'nobody', "\n";
