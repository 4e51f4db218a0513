"""The read path before Flask: what pages and monitors ask most often, answered on the event loop itself.

`/media/<id>`, `/availability/<id>` and `/steering/<id>` as Flask would answer them, header for header, by
`player.web.finding`. Whatever is unusual (a query string, what cannot be found there) is left to Flask, which is also
all there is where another application has mounted the player.
"""

from __future__ import annotations

import asyncio
import gc
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask
from werkzeug.http import parse_etags

from player.monitor.quick import reader
from player.web.bridge import Bridge
from player.web.caching import BRIEF
from player.web.finding import PAGES, TOLD, Answer, Finder, Found, Whose
from player.web.headers import PUBLIC
from player.web.problems import Problem
from player.web.service import EXTENSION, Service
from player.web.turns import Turns

Headers = list[tuple[str, str]]

GUARDED = "/availability/"
"""What asks for a token where health is not public."""

STEERING = "/steering/"
"""Whose query says where a player is and how fast, which changes nothing (RFC 8216bis section 7.2)."""

ALWAYS = [("Cache-Control", BRIEF), *PUBLIC.items()]


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
        self._finder: Finder | None = None
        self._turns: Turns[tuple[str, Whose], Found] | None = None
        self._elsewhere: ThreadPoolExecutor | None = None

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        # Here, because a connection does not survive the process that opened it.
        quickest = reader(self._service.engine)
        if not quickest.quick:
            # One thread, as the connection and the bodies want it: the loop must not wait for a network.
            self._elsewhere = ThreadPoolExecutor(1, thread_name_prefix="read")
        self._finder = Finder(quickest, self._service.settings)
        self._turns = Turns(self._finder.find, self._elsewhere)
        # What has been imported stays: looking through it again and again for garbage would cost every answer some.
        gc.collect()
        gc.freeze()

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._bridge.close()
        if self._elsewhere is not None:
            self._elsewhere.shutdown(wait=False, cancel_futures=True)

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        headers, path = scope.headers, scope.path
        if self._finder is not None and self._turns is not None and _reads(scope, headers, path):
            private = self._guarded and path.startswith(GUARDED)
            whose = (headers.get("authorization"), scope.client) if private else None
            # What is kept is the reading thread's, where there is one, and told to those alone who may know.
            found: Found = None if private or self._elsewhere is not None else self._finder.kept(path)
            found = found or await self._turns.ask((path, whose))
            if isinstance(found, tuple):
                if path.startswith(PAGES):
                    self._service.asked.note(path[len(PAGES) :])
                send(protocol, found, ALWAYS_PRIVATE if private else ALWAYS, headers.get("if-none-match"))
                return
            if found is not None:
                refuse(protocol, found, private=private)
                return
        await self._bridge(scope, protocol)


def _reads(scope: Any, headers: Any, path: str) -> bool:
    """Whether it is plainly a reading of what is told here."""
    if not path.startswith(TOLD) or (scope.query_string and not path.startswith(STEERING)):
        return False
    method = scope.method
    return (method == "GET" or method == "HEAD") and headers.get("if-match") is None


def _matches(asked: str, etag: str) -> bool:
    """If-None-Match compares weakly (RFC 9110 section 13.1.2)."""
    return asked == etag or parse_etags(asked).contains_weak(etag.strip('"'))
