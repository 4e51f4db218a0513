"""What stands beside an item's sources: captions, chapters, thumbnails, the poster; and the daily deep look.

A track that does not come leaves an item that plays, so what is wrong with it is told with the item's first source, as
a lesser fault. Tracks are looked at now and then; while one is amiss, with every probe. A deep look costs seconds of
a processor: one at a time, and what it found is held until the next.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Engine, select

from player.monitor.entries import DueSource
from player.probe.findings import Finding
from player.probe.observation import Observation
from player.probe.reasons import REASONS, State
from player.probe.target import Role, Target
from player.probe.verdict import findings
from player.tables import media, sources, tracks

EVERY = 900.0  # seconds between two looks at tracks that are well
KEPT = 100_000  # sources of which it is known what stands beside them
MOST = 24  # tracks of one item that are looked at
AT_ONCE = 4
DEEP = frozenset({"black", "frozen", "silent", "undecodable", "slow"})
_READ = ("captions", "subtitles", "descriptions", "chapters", "metadata", "thumbnails")  # as timed text

log = logging.getLogger("player.monitor")


class Observer(Protocol):
    async def observe(self, target: Target) -> Observation: ...


@dataclass(frozen=True, slots=True)
class Extra:
    """`what`: the kind of the track, or "poster"."""

    src: str
    what: str

    @property
    def role(self) -> Role:
        return Role.IMAGE if self.what == "poster" else Role.CAPTIONS


def extras(engine: Engine, source_id: int) -> tuple[Extra, ...]:
    """What stands beside the item whose first source this is; nothing for its other sources."""
    with engine.connect() as connection:
        row = connection.execute(
            select(media.c.id, media.c.poster, sources.c.position)
            .join(sources, sources.c.media_id == media.c.id)
            .where(sources.c.id == source_id)
        ).one_or_none()
        if row is None or row.position != 0:
            return ()
        query = select(tracks.c.src, tracks.c.kind).where(tracks.c.media_id == row.id, tracks.c.kind.in_(_READ))
        found = connection.execute(query.order_by(tracks.c.position).limit(MOST)).all()
    poster = (Extra(row.poster, "poster"),) if row.poster else ()
    return (*(Extra(src, kind) for src, kind in found), *poster)


@dataclass(frozen=True, slots=True)
class _Look:
    at: float  # of time.monotonic
    findings: tuple[Finding, ...]

    @property
    def lasts(self) -> bool:
        return not self.findings and time.monotonic() - self.at < EVERY


class Beside:
    """Lives in one event loop. `find`: what stands beside the item of a source; asked in a thread."""

    def __init__(self, find: Callable[[int], Sequence[Extra]], timeout: float) -> None:
        self._find, self._timeout = find, timeout
        self._looks: OrderedDict[int, _Look] = OrderedDict()
        self._places = asyncio.Semaphore(AT_ONCE)

    async def look(self, prober: Observer, due: DueSource) -> tuple[Finding, ...]:
        """What is wrong beside the source. Never raises, but for `CancelledError`."""
        known = self._looks.get(due.source_id)
        if known is not None and known.lasts:
            return known.findings
        try:
            found = await asyncio.to_thread(self._find, due.source_id)
            async with asyncio.timeout(3 * self._timeout):
                said = await asyncio.gather(*(self._one(prober, due, extra) for extra in found))
        except Exception as error:  # a slow host of pictures, or the database: what was held is held on
            log.info("What stands beside %s was not looked at: %s", due.media_id, type(error).__name__)
            return known.findings if known else ()
        look = _Look(time.monotonic(), tuple(one for one in said if one is not None))
        self._looks[due.source_id] = look
        self._looks.move_to_end(due.source_id)
        if len(self._looks) > KEPT:
            self._looks.popitem(last=False)
        return look.findings

    async def _one(self, prober: Observer, due: DueSource, extra: Extra) -> Finding | None:
        target = Target(extra.src, role=extra.role, page=due.page)
        async with self._places:
            seen = await prober.observe(target)
        worst = findings(target, seen)[0]
        if worst.state in (State.AVAILABLE, State.UNKNOWN):
            return None
        facts = {"track": extra.what, "cause": worst.to_json()}
        if worst.state is State.DEGRADED:
            return Finding(worst.reason, facts, extra.src)
        return Finding("poster-dead" if extra.what == "poster" else "track-dead", facts, extra.src)


class Deep:
    """Whose turn it is for a deep look, and what the last one found. `hours`: between two of one source; 0: none."""

    def __init__(self, hours: float) -> None:
        self._every = timedelta(hours=hours) if importlib.util.find_spec("av") else timedelta(0)
        self._busy = False

    def take(self, due: DueSource) -> bool:
        """Whether this probe is to be a deep one; then `leave` is to be called after it."""
        if self._busy or not self._every or due.live:
            return False
        before = _told(due)
        at = _instant(before.get("at"))
        if at is not None and datetime.now(UTC) - at < self._every:
            return False
        self._busy = True
        return True

    def leave(self) -> None:
        self._busy = False

    def made(self, seen: Observation) -> dict[str, Any]:
        """What a deep look has found, to be held with the verdict's evidence."""
        told = seen.facts.get("deep")
        found = [finding.to_json() for finding in seen.findings if finding.reason in DEEP]
        facts = dict(told) if isinstance(told, Mapping) else {}
        return {**facts, "at": datetime.now(UTC).isoformat(), "size": seen.size, "found": found}

    def held(self, due: DueSource, seen: Observation) -> tuple[dict[str, Any] | None, tuple[Finding, ...]]:
        """What the last deep look found, where it was of the same file and not too long ago."""
        before = _told(due)
        at = _instant(before.get("at"))
        if at is None or datetime.now(UTC) - at > 2 * self._every or before.get("size") != seen.size:
            return None, ()
        found = before.get("found")
        listed = [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
        known = [one for one in listed if one.get("reason") in DEEP & REASONS.keys()]
        return dict(before), tuple(
            Finding(
                str(one["reason"]),
                {name: value for name, value in one.items() if name not in ("reason", "where")},
                one.get("where"),
            )
            for one in known
        )


def _told(due: DueSource) -> Mapping[str, Any]:
    told = due.current.evidence.get("deep") if due.current else None
    return told if isinstance(told, Mapping) else {}


def _instant(text: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else None
