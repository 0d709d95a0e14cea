"""Servers on loopback that keep what a program sends them: a webhook, and a server of mail."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer


@contextmanager
def webhook() -> Iterator[tuple[int, list[dict]]]:
    """The port of a web server, and the JSON that it has received."""
    received: list[dict] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            received.append({"path": self.path, **body})
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with _serving(HTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield port, received


@contextmanager
def mail_server() -> Iterator[tuple[int, list[str]]]:
    """The port of a mail server without encryption, and the messages that it has received."""
    received: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            self.say("220 loopback")
            while line := self.rfile.readline().decode().strip():
                if line.upper() == "DATA":
                    self.say("354 go on")
                    received.append(self.message())
                    self.say("250 kept")
                elif line.upper() == "QUIT":
                    return self.say("221 bye")
                else:
                    self.say("250 fine")

        def message(self) -> str:
            lines = iter(self.rfile.readline, b".\r\n")
            return b"".join(lines).decode()

        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with _serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)) as port:
        yield port, received


@contextmanager
def _serving(server: socketserver.TCPServer) -> Iterator[int]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
