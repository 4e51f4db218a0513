"""What the read path tells of items: from memory while nothing was written, else read from the database together.

It is what Flask would tell, at a fiftieth of the cost. Whatever is unusual (a token that does not open, a row that
somebody has spoilt, a database that does not answer) is left to Flask.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from player.catalogue.fields import InvalidMedia, slug
from player.monitor.quick import QuickReader
from player.settings import Settings
from player.web import documents
from player.web.bodies import Bodies
from player.web.caching import Document
from player.web.guard import Guard
from player.web.problems import Problem
from player.web.service import now

log = logging.getLogger(__name__)

Maker = Callable[..., Document]

MAKERS: Mapping[str, tuple[Maker, bool]] = {
    "media": (documents.media, False),
    "availability": (documents.availability, True),
    "steering": (documents.steering, False),
}
"""By the first part of the address; and whether an item's changes are told."""

TOLD = tuple(f"/{name}/" for name in MAKERS)
"""How the addresses begin."""

PAGES = "/media/"
"""What pages play by."""

Answer = tuple[int, str, str, str, bytes]
"""Status, Content-Type, Retry-After or "", ETag, body: plain values in a tuple, see `Bodies`."""

Whose = tuple[str | None, str] | None
"""Authorization and address, where a token is needed."""

Missing = tuple[int, str, Maker, str]
"""Which answer it is to be, the address, who makes it, the id."""

Found = Answer | Problem | None
"""None where Flask is to give it."""


def answer(document: Document) -> Answer:
    again = "" if document.retry_after is None else str(document.retry_after)
    return (document.status, document.content_type, again, f'"{document.etag}"', document.body)


class Finder:
    """For one thread, as its reader."""

    def __init__(self, reader: QuickReader, settings: Settings) -> None:
        self._reader, self._settings = reader, settings
        self._bodies: Bodies[Answer] = Bodies(reader.revision)
        self._guard = None if settings.public_health else Guard(reader, reader.revision)

    def kept(self, path: str) -> Answer | None:
        """What is in memory of an address that begins as one of TOLD."""
        try:
            return self._bodies.get(path)
        except Exception:
            return None  # whoever reads meets it again, and tells it

    def find(self, asked: Sequence[tuple[str, Whose]]) -> list[Found]:
        """An answer for each address that begins as one of TOLD, in their order."""
        found: list[Found] = [None] * len(asked)
        missing: dict[bool, list[Missing]] = {True: [], False: []}
        at = now()
        for index, (path, whose) in enumerate(asked):
            try:
                if whose is None or (self._guard is not None and self._guard.opens(*whose, at)):
                    found[index] = self._bodies.get(path)
                    if found[index] is None:
                        _, name, media_id = path.split("/", 2)
                        if media_id and "/" not in media_id:
                            make, changes = MAKERS[name]
                            missing[changes].append((index, path, make, slug("id", media_id)))
            except InvalidMedia:
                found[index] = documents.unknown(path.split("/", 2)[2])
            except Problem as problem:
                found[index] = problem
            except Exception as error:
                found[index] = self._left(path, error)
        for changes, some in missing.items():
            if some:
                for index, told in self._made(some, changes, at):
                    found[index] = told
        return found

    def _made(self, missing: Sequence[Missing], changes: bool, at: datetime) -> Iterator[tuple[int, Found]]:
        revision = self._bodies.revision  # before any of it is read
        try:
            ahead = self._reader.ahead([one[-1] for one in missing], at, changes=changes)
        except Exception as error:  # the driver's own: SQLAlchemy, which would wrap them, was passed by
            for index, path, _, _ in missing:
                yield index, self._left(path, error)
            return
        at = now()  # asking may have taken a while
        for index, path, make, media_id in missing:
            try:
                document = make(ahead, self._settings, media_id, at)
                made = answer(document)
                self._bodies.put(path, made, len(made[-1]), document.holds, revision)
                yield index, made
            except Problem as problem:
                yield index, problem
            except Exception as error:
                yield index, self._left(path, error)

    def _left(self, path: str, error: Exception) -> Answer | None:
        log.warning("The read path leaves %s to Flask: %s", path[:200], error)
        # A page plays by what was known last, and sees there until when that held; a monitor is told the truth.
        return self._bodies.last(path) if path.startswith(PAGES) else None
