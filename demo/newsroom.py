"""The article's own origin: a newspaper that embeds the player from elsewhere, under the policy that it should bear.

`/` is the article, `/fa` the same in Persian. With `?bare` the policy allows no style sheet at all, and
the page links none: what the player shows then it shows by itself.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from urllib.parse import parse_qs, urlsplit

HERE = Path(__file__).parent
PAGES = {"/": "article.html", "/fa": "article.fa.html"}
STYLE = '<link rel="stylesheet" href="/article.css">'


def policy(player: str, media: str, *, bare: bool = False) -> str:
    """The Content-Security-Policy of an article that allows the player's origin and the media's, and nothing else.

    `connect-src` has the media's, too: chapters, stills and waveforms are fetched from there.
    """
    style = "" if bare else "style-src 'self'; "
    return (
        f"default-src 'none'; script-src {player}; connect-src {player} {media}; media-src {media}; img-src {media}; "
        f"{style}base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )


class Newsroom(ThreadingHTTPServer):
    """Serves the articles. `player`, `media`: the other two origins, without a final slash.

    `here`: this one's, which readers know by another name than the address that it listens on.
    """

    daemon_threads = True

    def __init__(self, *, player: str, media: str, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__((host, port), _Handler)
        self.player, self.media = player, media
        self.here = f"http://localhost:{self.server_address[1]}"

    def page(self, name: str, *, bare: bool) -> bytes:
        return _fill(name, player=self.player, media=self.media, here=self.here, style="" if bare else STYLE)


@contextlib.contextmanager
def run_newsroom(*, player: str, media: str, host: str = "127.0.0.1", port: int = 0) -> Iterator[Newsroom]:
    """Serves from a thread until the block ends; `OSError` where the port is taken."""
    with Newsroom(player=player, media=media, host=host, port=port) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="newsroom")
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(timeout=10)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Newsroom

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        bare = "bare" in parse_qs(address.query, keep_blank_values=True)
        if address.path in PAGES:
            self._answer(HTTPStatus.OK, "text/html", self.server.page(PAGES[address.path], bare=bare), bare=bare)
        elif address.path == "/article.css":
            self._answer(HTTPStatus.OK, "text/css", (HERE / "article.css").read_bytes())
        else:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"No such page.\n")

    do_HEAD = do_GET

    def _answer(self, status: HTTPStatus, kind: str, body: bytes, *, bare: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy(self.server.player, self.server.media, bare=bare))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "strict-origin-when-cross-origin")
        self.send_header("Cache-Control", "no-cache")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the demo's terminal is for its addresses."""


def _fill(name: str, **values: str) -> bytes:
    return Template((HERE / name).read_text("utf-8")).substitute(values).encode()
