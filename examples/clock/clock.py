import http.server, os, time

class Clock(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(time.strftime("It is %H:%M in %Z\n").encode())

http.server.ThreadingHTTPServer(("", int(os.environ["PORT"])), Clock).serve_forever()
