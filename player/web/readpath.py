"""The read path before Flask: what pages and monitors ask most often, answered on the event loop itself.

`/media/<id>`, `/availability/<id>` and `/steering/<id>` as Flask would answer them, header for header, at a fiftieth
of the cost: from memory while nothing was written, else out of the database by its quickest way. Whatever is unusual
(a query string, a database that does not answer) is left to Flask, which is also all there is where another application
has mounted the player.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.http import parse_etags

from player.monitor.reading import Reader, reader
from player.web import documents
from player.web.bodies import Bodies, seconds_until
from player.web.bridge import Bridge
from player.web.caching import Document
from player.web.headers import PUBLIC
from player.web.problems import Problem
from player.web.service import EXTENSION, Service, now

log = logging.getLogger(__name__)

Headers = list[tuple[str, str]]

MAKERS: Mapping[str, Callable[..., Document]] = {
    "/media/": documents.media,
    "/availability/": documents.availability,
    "/steering/": documents.steering,
}
OPEN = {prefix: MAKERS[prefix] for prefix in ("/media/", "/steering/")}
"""What never asks for a token."""

STEERING = "/steering/"
"""Whose query says where a player is and how fast, which changes nothing (RFC 8216bis section 7.2)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Ready to be sent. `unchanged`: the headers of 304, None where the answer is not conditional."""

    status: int
    headers: Headers
    body: bytes
    etag: str
    unchanged: Headers | None


def answer(document: Document) -> Answer:
    etag = f'"{document.etag}"'
    kept = [("Cache-Control", document.cache), ("ETag", etag), *PUBLIC.items()]
    again = [("Retry-After", str(document.retry_after))] if document.retry_after else []
    length = str(len(document.body))
    headers = [("Content-Type", document.content_type), ("Content-Length", length), *again, *kept]
    return Answer(document.status, headers, document.body, etag, kept if document.status == 200 else None)


def refusal(problem: Problem) -> Answer:
    """An id that is not there costs no thread either; nothing is kept of it, or a guesser would fill the memory."""
    response = problem.response()
    body = response.get_data()
    headers = [(name, value) for name, value in response.headers.items() if name != "Content-Length"]
    return Answer(response.status_code, [*headers, ("Content-Length", str(len(body)))], body, "", None)


class ReadPath:
    """An RSGI application around the player's own Flask application; one to a process, its loop's thread alone."""

    def __init__(self, app: Flask) -> None:
        self._service: Service = app.extensions[EXTENSION]
        self._bridge = Bridge(app)
        self._reader: Reader | None = None
        self._bodies: Bodies[Answer] | None = None
        self._elsewhere: ThreadPoolExecutor | None = None
        # Whose token it is, Flask asks.
        self._makers = MAKERS if self._service.settings.public_health else OPEN

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        # Here, because a connection does not survive the process that opened it.
        self._reader = reader(self._service.engine)
        self._bodies = Bodies(self._reader.revision)
        if not self._reader.quick:
            # One thread, as the connection and the bodies want it: the loop must not wait for a network.
            self._elsewhere = ThreadPoolExecutor(1, thread_name_prefix="read")

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._bridge.close()
        if self._elsewhere is not None:
            self._elsewhere.shutdown(wait=False, cancel_futures=True)

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        method = scope.method
        headers = scope.headers
        path = scope.path
        plain = not scope.query_string or path.startswith(STEERING)
        if (method == "GET" or method == "HEAD") and plain and headers.get("if-match") is None:
            find = self._find
            if self._elsewhere is None:
                found = find(path)
            else:
                found = await asyncio.get_running_loop().run_in_executor(self._elsewhere, find, path)
            if found is not None:
                asked = headers.get("if-none-match")
                if asked is not None and found.unchanged is not None and _matches(asked, found.etag):
                    protocol.response_empty(304, found.unchanged)
                else:
                    protocol.response_bytes(found.status, found.headers, found.body)
                return
        await self._bridge(scope, protocol)

    def _find(self, path: str) -> Answer | None:
        """The answer, or None where Flask is to give it."""
        bodies = self._bodies
        if bodies is None:
            return None
        try:
            return bodies.get(path) or self._make(path, bodies)
        except Problem as problem:
            return refusal(problem)
        except Exception as error:  # the driver's own: SQLAlchemy, which would wrap them, was passed by
            log.warning("The database does not answer the read path: %s", error)
            # A page plays by what was known last, and sees there until when that held; a monitor is told the truth.
            return bodies.last(path) if path.startswith("/media/") else None

    def _make(self, path: str, bodies: Bodies[Answer]) -> Answer | None:
        for prefix, make in self._makers.items():
            if path.startswith(prefix):
                media_id = path[len(prefix) :]
                if not media_id or "/" in media_id:
                    return None
                document = make(self._reader, self._service.settings, media_id, now())
                made = answer(document)
                bodies.put(path, made, len(made.body), seconds_until(document.until))
                return made
        return None


def _matches(asked: str, etag: str) -> bool:
    """If-None-Match compares weakly (RFC 9110 section 13.1.2)."""
    return asked == etag or parse_etags(asked).contains_weak(etag.strip('"'))
