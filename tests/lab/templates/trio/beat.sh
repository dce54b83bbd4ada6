#!/bin/sh
# Writes a heartbeat that names the host and the process; whoever counts them sees how many serve.
for old in "$BEATS/$(hostname)".*; do
  kill -0 "${old##*.}" 2>/dev/null || rm -f "$old"
done
test "$VERSION" != broken || exit 1
test "$VERSION" != silent || exec sleep 1000
sleep 5
while :; do
  echo "$VERSION" > "$BEATS/$(hostname).$$"
  sleep 0.1
done
