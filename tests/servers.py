"""Servers that a test needs beside the fault origin: the application itself, and an article's own origin."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

from flask import Flask
from werkzeug.serving import make_server

from player import create_app
from player.catalogue.media import from_json
from player.catalogue.store import Catalogue
from player.database import open_engine
from player.settings import Settings


@dataclass(frozen=True, slots=True)
class PlayerServer:
    url: str  # without a slash at the end: "http://127.0.0.1:40123"
    app: Flask
    catalogue: Catalogue


@contextmanager
def run_player(items: list[dict[str, Any]], settings: Mapping[str, Any]) -> Iterator[PlayerServer]:
    """The application over HTTP, from a thread. It may probe this machine; its monitor runs only when asked to."""
    loopback = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    chosen = Settings(**{"monitor": False, "allow_networks": loopback, **settings})
    catalogue = Catalogue(open_engine(chosen.database_url))
    catalogue.import_many([from_json(item) for item in items])
    app = create_app(chosen)
    monitor = app.extensions["steady-player"].start_monitor() if chosen.monitor else None
    try:
        with serve(app) as url:
            yield PlayerServer(url, app, catalogue)
    finally:
        if monitor is not None:
            assert monitor.stop(20), "the monitor did not stop"


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """Any Flask application over HTTP, from a thread, at the address that it gives."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    with _running(server):
        yield f"http://127.0.0.1:{server.server_port}"


@dataclass(slots=True)
class ArticleServer:
    """Serves what was published, and remembers what was asked for."""

    url: str
    requests: list[str] = field(default_factory=list)
    pages: dict[str, tuple[bytes, dict[str, str]]] = field(default_factory=dict)

    def publish(self, html: str, *, csp: str | None = None, path: str = "/", headers: Mapping[str, str] = {}) -> str:
        """Put a page at the path, with this Content-Security-Policy if any, and return its address."""
        policy = {"Content-Security-Policy": csp} if csp else {}
        self.pages[path] = (html.encode(), {"Content-Type": "text/html; charset=utf-8", **policy, **headers})
        return self.url + path


@contextmanager
def run_article_server() -> Iterator[ArticleServer]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            articles.requests.append(self.path)
            body, headers = articles.pages.get(path, (b"", {}))
            self.send_response(200 if path in articles.pages else 404)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(ConnectionError):  # a tab that was closed, as of /favicon.ico
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing; `requests` has it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    # Another origin than the player's, whose host is 127.0.0.1.
    articles = ArticleServer(f"http://localhost:{server.server_port}")
    with _running(server):
        yield articles


@contextmanager
def _running(server: Any) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, name="server", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()
