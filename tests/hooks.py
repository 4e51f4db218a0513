"""A webhook's other end."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


class Receiver:
    """Fails `failing` times, keeps what it accepted. `answering`: cleared, it never answers."""

    def __init__(self, failing: int) -> None:
        self.failing = failing
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.answering = Event()
        self.answering.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.failing -= 1
                if receiver.failing < 0:
                    receiver.taken.append(({k.lower(): v for k, v in self.headers.items()}, body))
                receiver.answering.wait(60)
                self.send_response(500 if receiver.failing >= 0 else 204)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        Thread(target=self.server.serve_forever, daemon=True).start()
