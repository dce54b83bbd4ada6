#!/bin/sh
# Writes a heartbeat that names the host and the process; whoever counts them sees how many serve.
test "$VERSION" != broken || exit 1
for old in "$BEATS/$(hostname)".*; do
  kill -0 "${old##*.}" 2>/dev/null || rm -f "$old"
done
sleep 3
while :; do
  echo "$VERSION" > "$BEATS/$(hostname).$$"
  sleep 0.1
done
