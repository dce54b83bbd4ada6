#!/bin/sh
# Asks the server for its page every few seconds and logs the headline.
set -eu

url="http://$SERVER_ADDRESS:$SERVER_PORT/"

fetch() {
  if command -v curl > /dev/null; then
    curl -fsS -m 5 "$url"
  elif command -v python3 > /dev/null; then
    python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=5).read().decode())' "$url"
  elif command -v busybox > /dev/null; then
    busybox wget -q -T 5 -O - "$url"
  else
    perl -MIO::Socket::INET -e '
      my $server = IO::Socket::INET->new(PeerAddr => $ENV{SERVER_ADDRESS}, PeerPort => $ENV{SERVER_PORT}, Timeout => 5) or die "$@\n";
      print $server "GET / HTTP/1.0\r\n\r\n"; local $/; print <$server>;'
  fi
}

while :; do
  if page=$(fetch 2>&1); then
    echo "$url says: $(printf '%s' "$page" | sed -n 's/.*<h1>\(.*\)<\/h1>.*/\1/p')"
  else
    echo "$url does not answer: $page"
  fi
  sleep 5
done
