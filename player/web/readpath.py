"""The read path before Flask: what pages and monitors ask most often, answered on the event loop itself.

`/media/<id>`, `/availability/<id>` and `/steering/<id>` as Flask would answer them, header for header, at a fiftieth
of the cost: from memory while nothing was written, else out of the database by its quickest way. Whatever is unusual
(a query string, a token that does not open, a row that somebody has spoilt, a database that does not answer) is left
to Flask, which is also all there is where another application has mounted the player.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask
from werkzeug.http import parse_etags

from player.monitor.quick import QuickReader, reader
from player.web import documents
from player.web.bodies import LOOK_SECONDS, Bodies
from player.web.bridge import Bridge
from player.web.caching import BRIEF, Document
from player.web.guard import Guard
from player.web.headers import PUBLIC
from player.web.problems import Problem
from player.web.service import EXTENSION, Service, now
from player.web.turns import Turns

log = logging.getLogger(__name__)

Headers = list[tuple[str, str]]

MAKERS: Mapping[str, Callable[..., Document]] = {
    "/media/": documents.media,
    "/availability/": documents.availability,
    "/steering/": documents.steering,
}
TOLD = tuple(MAKERS)

GUARDED = "/availability/"
"""What asks for a token where health is not public."""

STEERING = "/steering/"
"""Whose query says where a player is and how fast, which changes nothing (RFC 8216bis section 7.2)."""

ALWAYS = [("Cache-Control", BRIEF), *PUBLIC.items()]

Answer = tuple[int, str, str, str, bytes]
"""Status, Content-Type, Retry-After or "", ETag, body: plain values in a tuple, see `Bodies`."""

Whose = tuple[str | None, str] | None
"""Authorization and address, where a token is needed."""


def answer(document: Document) -> Answer:
    again = "" if document.retry_after is None else str(document.retry_after)
    return (document.status, document.content_type, again, f'"{document.etag}"', document.body)


def send(protocol: Any, found: Answer, always: Headers, asked: str | None) -> None:
    """`always`: the headers that every answer bears. `asked`: If-None-Match, to which only a success is 304."""
    status, kind, again, etag, body = found
    if asked is not None and status == 200 and _matches(asked, etag):
        protocol.response_empty(304, [("ETag", etag), *always])
        return
    headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("ETag", etag), *always]
    if again:
        headers.append(("Retry-After", again))
    protocol.response_bytes(status, headers, body)


def refuse(protocol: Any, problem: Problem, *, private: bool) -> None:
    """An id that is not there costs no thread either; nothing is kept of it, or a guesser would fill the memory."""
    response = problem.response()
    body = response.get_data()
    headers = [(name, value) for name, value in response.headers.items() if name != "Content-Length"]
    if private:
        headers = _private(headers)
    protocol.response_bytes(response.status_code, [*headers, ("Content-Length", str(len(body)))], body)


def _private(headers: Headers) -> Headers:
    """As `access.keep_private` has it."""
    told = [(name, value.replace("public", "private") if name == "Cache-Control" else value) for name, value in headers]
    return [*told, ("Vary", "Authorization")]


ALWAYS_PRIVATE = _private(ALWAYS)


class ReadPath:
    """An RSGI application around the player's own Flask application; one to a process, its loop's thread alone."""

    def __init__(self, app: Flask) -> None:
        self._service: Service = app.extensions[EXTENSION]
        self._bridge = Bridge(app)
        self._guarded = not self._service.settings.public_health
        self._reader: QuickReader | None = None
        self._bodies: Bodies[Answer] | None = None
        self._guard: Guard | None = None
        self._elsewhere: ThreadPoolExecutor | None = None
        self._ending: asyncio.TimerHandle | None = None
        self._turns: Turns[tuple[str, Whose], Answer | Problem | None] | None = None

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        # Here, because a connection does not survive the process that opened it.
        self._reader = reader(self._service.engine)
        self._bodies = Bodies(self._look)
        if self._guarded:
            self._guard = Guard(self._reader, self._look)
        if not self._reader.quick:
            # One thread, as the connection and the bodies want it: the loop must not wait for a network.
            self._elsewhere = ThreadPoolExecutor(1, thread_name_prefix="read")
        self._turns = Turns(self._find, self._elsewhere)
        # What has been imported stays: looking through it again and again for garbage would cost every answer some.
        gc.collect()
        gc.freeze()

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._bridge.close()
        if self._elsewhere is not None:
            self._elsewhere.shutdown(wait=False, cancel_futures=True)

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        headers, path = scope.headers, scope.path
        if self._turns is not None and self._reads(scope, headers, path):
            private = self._guarded and path.startswith(GUARDED)
            whose = (headers.get("authorization"), scope.client) if private else None
            found = self._kept(path, whose) or await self._turns.ask((path, whose))
            if isinstance(found, tuple):
                send(protocol, found, ALWAYS_PRIVATE if private else ALWAYS, headers.get("if-none-match"))
                return
            if found is not None:
                refuse(protocol, found, private=private)
                return
        await self._bridge(scope, protocol)

    def _reads(self, scope: Any, headers: Any, path: str) -> bool:
        """Whether it is plainly a reading of what is told here."""
        method = scope.method
        plain = not scope.query_string or path.startswith(STEERING)
        return (
            plain
            and path.startswith(TOLD)
            and (method == "GET" or method == "HEAD")
            and headers.get("if-match") is None
        )

    def _begin(self) -> None:
        """One moment's view until the next look, or a while after the last request: none must keep the database from
        tidying up its log."""
        if self._reader is not None and self._elsewhere is None:
            self._reader.begin()
            self._ending = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._end)

    def _end(self) -> None:
        if self._ending is not None and self._reader is not None:
            self._ending.cancel()
            self._ending = None
            self._reader.end()

    def _look(self) -> object:
        self._end()
        return None if self._reader is None else self._reader.revision()

    def _kept(self, path: str, whose: Whose) -> Answer | None:
        """What can be told at once. Where another thread reads, what is kept is that thread's too."""
        if self._bodies is None or self._elsewhere is not None or whose is not None:
            return None
        try:
            return self._bodies.get(path)
        except Exception:
            return None  # whoever reads meets it again, and tells it

    def _find(self, asked: tuple[str, Whose]) -> Answer | Problem | None:
        """The answer, or None where Flask is to give it."""
        path, whose = asked
        bodies = self._bodies
        if bodies is None:
            return None
        try:
            if whose is not None and not self._opens(*whose):
                return None
            return bodies.get(path) or self._make(path, bodies)
        except Problem as problem:
            return problem
        except Exception as error:  # the driver's own: SQLAlchemy, which would wrap them, was passed by
            self._end()
            log.warning("The read path leaves %s to Flask: %s", path[:200], error)
            # A page plays by what was known last, and sees there until when that held; a monitor is told the truth.
            return bodies.last(path) if path.startswith("/media/") else None

    def _opens(self, authorization: str | None, client: str) -> bool:
        return self._guard is not None and self._guard.opens(authorization, client, now())

    def _make(self, path: str, bodies: Bodies[Answer]) -> Answer | None:
        for prefix, make in MAKERS.items():
            if path.startswith(prefix):
                media_id = path[len(prefix) :]
                if not media_id or "/" in media_id:
                    return None
                if self._ending is None:
                    self._begin()
                document = make(self._reader, self._service.settings, media_id, now())
                made = answer(document)
                bodies.put(path, made, len(made[-1]), document.holds)
                return made
        return None


def _matches(asked: str, etag: str) -> bool:
    """If-None-Match compares weakly (RFC 9110 section 13.1.2)."""
    return asked == etag or parse_etags(asked).contains_weak(etag.strip('"'))
