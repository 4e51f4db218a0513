"""`/events`: what becomes of the catalogue, as it happens (Server-Sent Events, HTML section 9.2).

    id: 1842
    event: transition
    data: {"at":"…Z","media":"river-crossing","src":"https://…","from":"available","state":"unavailable","reason":"not-found"}

An event's id is its transition's, so a client that was away says by Last-Event-ID what it has seen, and misses nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator

from flask import Response, request
from sqlalchemy.exc import DBAPIError

from player.monitor.history import History, Transition
from player.web.caching import NEVER, encode
from player.web.manifest import instant
from player.web.problems import Problem
from player.web.service import current

STREAMS = 16
"""Open at once in a process: each holds one of its threads."""

LOOK_SECONDS = 1.0
QUIET_SECONDS = 15.0
"""Of silence, after which a comment is sent: proxies close what says nothing."""

LASTING_SECONDS = 120.0
"""After which a stream ends and the client, which comes back by itself, makes room for another one."""

BACK_SECONDS = 2
PAGE = 200

_places = threading.BoundedSemaphore(STREAMS)


def events() -> Response:
    """The stream. From the transition after `Last-Event-ID`, or after the `after` of the query; else from now on."""
    history = current().history
    last = _last_seen(history)
    places = _places
    if not places.acquire(blocking=False):
        headers = {"Retry-After": str(BACK_SECONDS)}
        raise Problem(503, f"{STREAMS} clients listen already; come back soon.", headers=headers)
    response = Response(_Stream(history, last, places), content_type="text/event-stream")
    response.headers["Cache-Control"] = NEVER
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _last_seen(history: History) -> int:
    said = request.headers.get("Last-Event-ID") or request.args.get("after")
    if said is None:
        return history.latest_transition()
    if not (said.isascii() and said.isdecimal() and len(said) <= 18):
        raise Problem(400, "Last-Event-ID and `after` are the number of a transition, as `id:` told it.")
    return int(said)


class _Stream:
    """An iterator whose `close` gives the place back, however the client leaves."""

    def __init__(self, history: History, last: int, places: threading.BoundedSemaphore) -> None:
        self._pieces = _pieces(history, last)
        self._places: threading.BoundedSemaphore | None = places

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._pieces.close()
        places, self._places = self._places, None
        if places is not None:
            places.release()


def _pieces(history: History, last: int) -> Generator[bytes, None, None]:
    """Generator of the stream's bytes."""
    ends = time.monotonic() + LASTING_SECONDS
    yield f"retry: {BACK_SECONDS * 1000}\n\n".encode()
    spoken = time.monotonic()
    while time.monotonic() < ends:
        try:
            found = history.transitions(after=last, limit=PAGE)
        except DBAPIError:  # away for a moment: the client comes back, and says where it was
            return
        for change in found:
            last = change.id
            yield _event(change)
        if found:
            spoken = time.monotonic()
        else:
            if time.monotonic() - spoken > QUIET_SECONDS:
                spoken = time.monotonic()
                yield b":\n\n"
            time.sleep(LOOK_SECONDS)


def _event(change: Transition) -> bytes:
    data = {
        "at": instant(change.at),
        "media": change.media_id,
        "src": change.src,
        "from": str(change.from_state),
        "from_reason": change.from_reason,
        "state": str(change.state),
        "reason": change.reason,
    }
    return b"id: %d\nevent: transition\ndata: %s\n\n" % (change.id, encode(data))
