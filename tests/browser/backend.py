"""The player's own origin with answers that a test makes up: the built widget, and any manifest, fault or silence.

The real application has tests of its own, and plays in test_play.py; here the widget is told what no application
would tell on demand.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from player.files import static

TYPES = {".js": "text/javascript; charset=utf-8", ".json": "application/json"}
SILENCE = "silence"


@dataclass(slots=True)
class Backend:
    """`tell` says what `/media/<id>` answers; `requests` are the paths that were asked for, in order."""

    url: str
    requests: list[str] = field(default_factory=list)
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    closing: threading.Event = field(default_factory=threading.Event)

    def tell(self, media_id: str, manifest: dict[str, Any] | str | None = None, *, status: int = 200) -> None:
        """A manifest; or a status with a problem; or `SILENCE`: the connection is accepted and never answered."""
        self.answers[f"/media/{media_id}"] = (status, manifest)

    def asked(self, media_id: str) -> int:
        """How often the item's manifest was asked for."""
        return self.requests.count(f"/media/{media_id}")

    def wait(self) -> None:
        """Say nothing, until the server goes."""
        self.closing.wait(120)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is no error."""


def built() -> Path:
    folder = static() / "build"
    assert (folder / "build.json").is_file(), "the widget is not built: `pip install -e .` builds it"
    return folder


@contextmanager
def run_backend() -> Iterator[Backend]:
    folder = built()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            backend.requests.append(path)
            file = folder / path.lstrip("/")
            if path in backend.answers:
                status, told = backend.answers[path]
                if told == SILENCE:
                    backend.wait()
                    return
                self._answer(status, "application/json", json.dumps(told or {"status": status}).encode())
            elif ".." not in path and file.is_file():
                self._answer(200, TYPES.get(file.suffix, "application/octet-stream"), file.read_bytes())
            else:
                self._answer(404, "application/problem+json", b'{"status": 404}')

        def _answer(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            for name, value in {
                "Content-Type": content_type,
                "Content-Length": str(len(body)),
                "Access-Control-Allow-Origin": "*",
                "Access-Control-Expose-Headers": "ETag, Date, Retry-After",
                "Cache-Control": "no-store",
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing; `requests` has it."""

    server = Server(("127.0.0.1", 0), Handler)
    backend = Backend(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="backend", daemon=True)
    thread.start()
    try:
        yield backend
    finally:
        backend.closing.set()
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()
