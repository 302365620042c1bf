#!/bin/sh
# conf.d/perl.ini: fork, pipes, regular expressions, files, sockets.
. "$top_srcdir/tests/stacks/lib.sh"
needs perl /usr/bin/perl

cat >"$T/work.pl" <<'END'
use strict;
use warnings;
use File::Temp qw(tempfile);
use IO::Socket::INET;
use List::Util qw(sum);
use POSIX qw(:sys_wait_h);

my @children = map {
    my $n = $_;
    my $pid = fork // die "fork: $!";
    exit $n if $pid == 0;
    $pid;
} 1 .. 3;
my $total = sum map { waitpid $_, 0; $? >> 8 } @children;
die "total $total" unless $total == 6;
open my $pipe, '-|', 'sort', '/etc/passwd' or die "pipe: $!";
my %shell;
/^([^:]+):.*:([^:]*)$/ and $shell{$1} = $2 while <$pipe>;
close $pipe;
die 'no root' unless exists $shell{root};
my ($handle, $name) = tempfile(UNLINK => 1);
print $handle "x" x 100000;
close $handle;
die 'size' unless -s $name == 100000;
my $server = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die "listen: $!";
my $client = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $server->sockport) or die "connect: $!";
local $SIG{ALRM} = sub { die "alarm\n" };
alarm 1;
eval { select undef, undef, undef, 5 };
die "no alarm" unless $@ eq "alarm\n";
open my $result, '>', 'result.txt' or die "result: $!";
printf $result "%d users\n", scalar keys %shell;
die 'PERL5LIB' if exists $ENV{PERL5LIB};
print "done\n";
END

works() {
	workplace
	cp "$T/work.pl" "$work/work.pl"
	shipped perl
	hostile='--setenv PERL5LIB=/x --setenv PERL5OPT=-Mx'
	real 'fork, pipes, files and a socket' /usr/bin/perl work.pl
	check "perl ($who): its result is there" grep -q users "$work/result.txt"
	hostile=
	shipped perl -p memory=128M
	stopped 'more memory than it was given' 'Out of memory|panic: ' \
		/usr/bin/perl -e '$x = "y" x (400 << 20); print length $x'
	shipped perl
	stopped 'a file of the system' 'Read-only|Permission denied' \
		/usr/bin/perl -e 'open F, ">", "/etc/cordon-was-here" or die $!'
	sound perl
}

both works
plan
