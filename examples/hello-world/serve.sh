#!/bin/sh
# Serves the directory $SITE on $PORT, with whatever web server this machine has. The page says $GREETING.
set -eu

page=$(printf '%s' "$GREETING" | sed 's/&/\&amp;/g; s/</\&lt;/g')
printf '<!doctype html>\n<meta charset="utf-8">\n<title>%s</title>\n<h1>%s</h1>\n' "$page" "$page" > "$SITE/index.html"

if command -v python3 > /dev/null; then
  exec python3 -u -m http.server --directory "$SITE" "$PORT"
elif command -v busybox > /dev/null && busybox --list | grep -qx httpd; then
  exec busybox httpd -f -v -p "$PORT" -h "$SITE"
elif command -v perl > /dev/null; then
  exec perl -MIO::Socket::INET -e '
    $SIG{PIPE} = "IGNORE"; $| = 1;
    my $server = IO::Socket::INET->new(LocalPort => $ENV{PORT}, Listen => 16, ReuseAddr => 1) or die "cannot listen: $@\n";
    while (1) {
      my $client = $server->accept or next;
      my $request = <$client> // ""; print $request;
      while (defined(my $line = <$client>)) { last if $line =~ /^\r?\n$/ }
      my $page = ""; if (open(my $file, "<", "$ENV{SITE}/index.html")) { local $/; $page = <$file> }
      my $status = $request =~ m{^(GET|HEAD) /(index\.html)? } ? "200 OK" : "404 Not Found";
      $page = "not found\n" if $status !~ /^200/;
      print $client "HTTP/1.0 $status\r\nContent-Type: text/html\r\nContent-Length: ", length($page), "\r\n\r\n", $request =~ /^HEAD/ ? "" : $page;
      close $client;
    }'
fi
echo "hello-world needs python3, busybox or perl to serve its page" >&2
exit 1
