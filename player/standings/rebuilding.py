"""Everything counted anew, while others go on: for a catalogue that somebody has changed past the service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, select, union

from player.database import reading, writing
from player.standings.difference import Difference
from player.standings.keeping import as_standing, recount
from player.tables import counts, media, standings

PAGE = 1000  # items in one transaction
READ = 5000  # standings in one statement


@dataclass(frozen=True, slots=True)
class Found:
    """`items` that counted as something else than they are, the clock's doing included; `sums` that were wrong."""

    items: int
    sums: int


def rebuild(engine: Engine, done: Callable[[int], None] = lambda _done: None) -> Found:
    """First the standings of all items, then the sums of all standings. `done` is told how many items were looked at.

    Raises nothing of its own, and may be broken off and begun again at any time.
    """
    after, looked, wrong = "", 0, 0
    while page := _page(engine, after):
        with writing(engine) as connection:
            difference = Difference()
            wrong += recount(connection, page, datetime.now(UTC), difference)
            difference.write(connection)
        after, looked = page[-1], looked + len(page)
        done(looked)
    with reading(engine) as connection:
        lacking = drift(connection)
    with writing(engine) as connection:
        lacking.write(connection)
    return Found(wrong, sum(1 for _ in lacking))


def drift(connection: Connection) -> Difference:
    """What the sums lack of what the standings add up to; nothing, where all is well.

    The connection sees one moment. Whoever writes moves both alike, so what is lacking at one moment is lacking at the
    next, and can be added later without keeping anybody out meanwhile.
    """
    lacking, after = Difference(), ""
    query = select(standings).order_by(standings.c.media_id).limit(READ)
    while rows := connection.execute(query.where(standings.c.media_id > after)).all():
        for row in rows:
            lacking.move(None, as_standing(row))
        after = rows[-1].media_id
    columns = (counts.c.scope, counts.c.name, counts.c.kind, counts.c.state, counts.c.reason)
    for scope, name, kind, state, reason, number, dead in connection.execute(
        select(*columns, counts.c.number, counts.c.dead)
    ):
        lacking.add((scope, name, kind, state, reason), -number, -dead)
    return lacking


def _page(engine: Engine, after: str) -> list[str]:
    """Ids of items that are there, or that were and count still."""
    parts = (
        select(column.label("id")).where(column > after).order_by(column).limit(PAGE).subquery().select()
        for column in (media.c.id, standings.c.media_id)
    )
    both = union(*parts).subquery()
    with engine.connect() as connection:
        return list(connection.execute(select(both.c.id).order_by(both.c.id).limit(PAGE)).scalars())
