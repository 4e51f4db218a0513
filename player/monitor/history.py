"""What is held of every source, what changed and when, and what to probe next."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import (
    Connection,
    Engine,
    delete,
    func,
    select,
)

from player.catalogue.media import Kind
from player.catalogue.store import host_of
from player.database import reading, writing
from player.monitor import incidents, outbox, turns
from player.monitor.beside import Extra, extras
from player.monitor.certificates import Certificate, certificates
from player.monitor.entries import (
    Backlog,
    BadCursor,
    DueSource,
    ItemState,
    Page,
    Result,
    SourceVerdict,
    Summary,
    Transition,
    as_of,
)
from player.monitor.health import Health, Totals
from player.monitor.incidents import Incident, Scope
from player.monitor.interest import Interest
from player.monitor.leases import Leases
from player.monitor.listing import Filter
from player.monitor.outbox import Channel, Outbox
from player.monitor.places import Places, looking, silent_to_others
from player.monitor.recording import record
from player.monitor.rows import (
    BATCH,
    as_source_verdict,
    as_transition,
    backlog,
    verdict_columns,
)
from player.monitor.sightings import enrol
from player.monitor.uptime import LONGEST, Change, Stretch, stretches
from player.probe.reasons import State
from player.quiet import QuietHours
from player.settings import HOME
from player.sqlite import copy_log
from player.standings.keeping import forget, sweep
from player.standings.reading import Number
from player.tables import EPOCH, sources, transitions, verdicts
from player.tables import incidents as incidents_table

__all__ = [
    "EPOCH",
    "Backlog",
    "BadCursor",
    "DueSource",
    "History",
    "ItemState",
    "Page",
    "Result",
    "SourceVerdict",
    "Summary",
    "Totals",
    "Transition",
    "as_of",
]

PRUNED = 2000  # old rows that are dropped in one go, so that no writer waits long
CHANGES = 5000  # transitions of one item that are looked at for its uptime


class History:
    """Verdicts and transitions in the database. Every method is one transaction."""

    def __init__(self, engine: Engine, *, channels: Sequence[Channel] = (), quiet: QuietHours | None = None) -> None:
        self._engine = engine
        self.channels, self.quiet = channels, quiet
        self.outbox = Outbox(engine)
        self.places = Places(engine)
        self.interest = Interest(engine)

    def due(self, now: datetime, limit: int, *, without: Collection[str] = ()) -> list[DueSource]:
        """Sources to probe, never probed ones first, then the longest due; none of the hosts `without`.

        Those of scheduled items are among them, so that a newsroom learns before the readers do. Those of
        expired and removed items are not: they are put off for a day whenever their turn comes.
        """
        return turns.due(self._engine, now, limit, without)

    def leases(self, worker: str, vantage: str = HOME) -> Leases:
        """What a worker takes its sources by."""
        return Leases(self._engine, worker, vantage)

    def enrol(self, vantage: str, after: int) -> tuple[int, bool]:
        """Have a named vantage point look at what is new; see `player.monitor.sightings.enrol`."""
        return enrol(self._engine, vantage, after)

    def record(
        self,
        results: Sequence[Result],
        down: Mapping[str, str] = MappingProxyType({}),
        worker: str | None = None,
        vantage: str = HOME,
    ) -> list[Transition]:
        """Write verdicts; `since` stays while state and reason do, and a transition is kept when they change.

        `down`: hosts that answer nothing now, and why; incidents that begin or end with it are kept and posted.

        `worker`: whose leases these results end; where another one has taken over meanwhile, its result counts.

        `vantage`: from where this was seen. What is told is the verdict of all; see `player.monitor.vantages`.

        A source that was removed meanwhile is passed over. Of two results for one source the later in
        the sequence wins.
        """
        with writing(self._engine) as connection:
            return record(connection, results, down, worker, vantage, self._post)

    def host_back(self, host: str, now: datetime, vantage: str = HOME) -> None:
        """A host answers again: its incident ends, unless it is silent to another vantage point still; then it does
        when one of its sources plays from anywhere."""
        with writing(self._engine) as connection:
            if not silent_to_others(connection, host, vantage, now):
                self._post(connection, incidents.host_back(connection, host, now), now)

    def sweep(self, now: datetime, after: int = 0) -> int:
        """Ends incidents that are about nothing any more; see `player.monitor.incidents.sweep`."""
        with writing(self._engine) as connection:
            ended, following = incidents.sweep(connection, now, after)
            self._post(connection, ended, now)
        return following

    def hosts_down(self, vantage: str = HOME) -> dict[str, str]:
        """Hosts whose incident lasts, and why; for a named vantage point those that were silent to it."""
        if vantage != HOME:
            return self.places.down(vantage)
        with self._engine.connect() as connection:
            return incidents.hosts_down(connection)

    def lasting_incidents(self) -> dict[Scope, int]:
        """How many incidents there are now, by what they are about."""
        with self._engine.connect() as connection:
            return incidents.lasting(connection)

    def incidents(self, *, lasting: bool | None = None, before: int | None = None, limit: int = 100) -> list[Incident]:
        """The newest first; see `player.monitor.incidents.read`."""
        with self._engine.connect() as connection:
            return incidents.read(connection, lasting=lasting, before=before, limit=limit)

    def _post(self, connection: Connection, found: Sequence[Incident], now: datetime) -> None:
        outbox.post(connection, found, self.channels, now, self.quiet)

    def extras(self, source_id: int) -> tuple[Extra, ...]:
        """The tracks and the poster of the item whose first source this is; see `player.monitor.beside`."""
        return extras(self._engine, source_id)

    def for_item(self, media_id: str) -> list[SourceVerdict]:
        """The verdicts of an item's sources, in the item's order; empty for an unknown item."""
        return self.for_items([media_id])[media_id]

    def for_items(self, media_ids: Iterable[str]) -> dict[str, list[SourceVerdict]]:
        """The same for several items; every id has a key."""
        found: dict[str, list[SourceVerdict]] = {media_id: [] for media_id in media_ids}
        ids = list(found)
        with self._engine.connect() as connection:
            for start in range(0, len(ids), BATCH):
                query = (
                    select(sources.c.media_id, sources.c.src, *verdict_columns())
                    .join(verdicts, verdicts.c.source_id == sources.c.id)
                    .where(sources.c.media_id.in_(ids[start : start + BATCH]))
                    .order_by(sources.c.media_id, sources.c.position)
                )
                for row in connection.execute(query):
                    found[row.media_id].append(as_source_verdict(row))
        return found

    @contextmanager
    def health(self, now: datetime) -> Iterator[Health]:
        """What is told of the whole catalogue, all of one moment; the methods that follow ask one thing each."""
        with reading(self._engine) as connection:
            yield Health(connection, now)

    def totals(self, now: datetime) -> Totals:
        """Items and sources on offer, by kind, state and reason."""
        with self.health(now) as health:
            return health.totals()

    def summary(self, now: datetime, *, kind: Kind | None = None) -> Summary:
        """Counts of items on offer by state and reason."""
        return self.totals(now).summary(kind)

    def failing(
        self,
        now: datetime,
        *,
        state: State | None = None,
        reason: str | None = None,
        kind: Kind | None = None,
        lang: str | None = None,
        host: str | None = None,
        text: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page:
        """Items on offer, failing first; see `player.monitor.health`. Raises `BadCursor`."""
        with self.health(now) as health:
            return health.failing(Filter(state, reason, kind, lang, host, text), after, limit)

    def by_language(self, now: datetime, limit: int = 100) -> list[Number]:
        """Language, items on offer, those that do not play, the worst first."""
        with self.health(now) as health:
            return health.languages(limit)

    def by_host(self, now: datetime, limit: int = 100) -> list[Number]:
        """Host, sources of items on offer, dead ones, the worst first."""
        with self.health(now) as health:
            return health.hosts(limit)

    def settle(self, now: datetime, seconds: float = 0.0) -> bool:
        """Count anew what the clock has changed, for about so long; whether there is more to do.

        A step is a transaction of its own, so that nobody waits for long.
        """
        end = time.monotonic() + seconds
        while True:
            with writing(self._engine) as connection:
                more = sweep(connection, now)
            if not more or time.monotonic() >= end:
                return more

    def certificates(self, hosts: Sequence[str]) -> list[Certificate]:
        """When theirs run out; see `player.monitor.certificates`."""
        with self._engine.connect() as connection:
            return certificates(connection, hosts)

    def backlog(self, now: datetime) -> Backlog:
        """How far the monitors are behind, of all vantage points that were heard of lately; see
        `player.monitor.rows.backlog`."""
        with reading(self._engine) as connection:
            each = [backlog(connection, now, vantage) for vantage in looking(connection, now)]
        oldest = [one.oldest for one in each if one.oldest is not None]
        return Backlog(sum(one.due for one in each), min(oldest, default=None))

    def transitions(self, *, media_id: str | None = None, after: int = 0, limit: int = 100) -> list[Transition]:
        """Up to `limit` transitions in the order they happened, from the one that follows id `after`."""
        query = select(transitions).where(transitions.c.id > after).order_by(transitions.c.id).limit(limit)
        if media_id is not None:
            query = query.where(transitions.c.media_id == media_id)
        with self._engine.connect() as connection:
            return [as_transition(row._asdict()) for row in connection.execute(query)]

    def stretches(self, media_id: str, now: datetime) -> list[Stretch]:
        """When the item played during the last 90 days; see `player.monitor.uptime`.

        Of more than `CHANGES` transitions only the latest are looked at, and the time before them is unknown.
        """
        changes, since = self.changes(media_id, now)
        held = {one.source_id: one.verdict.state for one in self.for_item(media_id)}
        return stretches(changes, held, since, now)

    def changes(self, media_id: str, now: datetime) -> tuple[list[Change], datetime]:
        """An item's changes of the last 90 days, the oldest first, and since when none is missing."""
        since = now - LONGEST
        of_item = transitions.c.media_id == media_id
        query = select(transitions).where(of_item, transitions.c.at > since).order_by(transitions.c.id.desc())
        with self._engine.connect() as connection:
            rows = connection.execute(query.limit(CHANGES)).all()[::-1]
        changes = [Change(row.at, row.source_id, State(row.from_state), State(row.state)) for row in rows]
        return changes, rows[0].at if len(rows) == CHANGES else since

    def make_host_due(self, host: str, now: datetime, *, limit: int, vantage: str = HOME) -> int:
        """Have some of a host's sources looked at next from a vantage point; how many there are."""
        return turns.make_host_due(self._engine, host, now, limit, vantage)

    def make_host_due_from(self, host: str, now: datetime, after: int, limit: int, vantage: str = HOME) -> int:
        """Have those of a host's sources looked at next that follow id `after`; the last one's id, 0 at the end.

        A CDN's millions, all due at once, would hold up whatever becomes due after them.
        """
        return turns.make_host_due_from(self._engine, host, now, after, limit, vantage)

    def more_sources_than(self, number: int) -> bool:
        """Without counting all of them."""
        return turns.more_sources_than(self._engine, number)

    def for_src(self, src: str) -> list[SourceVerdict]:
        """The verdicts of an address, in every item that names it."""
        query = select(sources.c.media_id, sources.c.src, *verdict_columns())
        query = query.join(verdicts, verdicts.c.source_id == sources.c.id)
        # The host narrows it down by an index; addresses have none, being too long for one.
        query = query.where(sources.c.host == host_of(src), sources.c.src == src).order_by(sources.c.id).limit(BATCH)
        with self._engine.connect() as connection:
            return [as_source_verdict(row) for row in connection.execute(query)]

    def prune(self, before: datetime) -> bool:
        """Drop transitions and ended incidents from before a moment, some at a time; whether there are more."""
        # Transitions are in the order of their ids, or nearly so: the oldest stand first, and no others are looked at.
        first = select(transitions.c.id).order_by(transitions.c.id).limit(PRUNED).subquery()
        oldest = transitions.c.id <= select(func.max(first.c.id)).scalar_subquery()
        ended = select(incidents_table.c.id).where(incidents_table.c.ended_at < before).limit(PRUNED)
        with writing(self._engine) as connection:
            told = connection.execute(delete(transitions).where(oldest, transitions.c.at < before)).rowcount
            over = connection.execute(delete(incidents_table).where(incidents_table.c.id.in_(ended))).rowcount
            forget(connection)
        return PRUNED in (told, over)

    def copy_log(self) -> None:
        """Have on SQLite the next writer not wait for what the last ones have written to reach the database's file."""
        if self._engine.dialect.name == "sqlite":
            copy_log(self._engine)

    def latest_transition(self) -> int:
        """The id of the newest transition; 0 where there is none."""
        with self._engine.connect() as connection:
            return connection.execute(select(func.max(transitions.c.id))).scalar() or 0

    def put_right(self, now: datetime, vantage: str = HOME) -> int:
        """Have looked at now what was probed at times that are yet to come, before a clock was set back; how many."""
        return turns.put_right(self._engine, now, vantage)

    def make_due(self, media_id: str, now: datetime) -> int:
        """Have an item's sources probed next, from everywhere; how many there are."""
        return turns.make_due(self._engine, media_id)
