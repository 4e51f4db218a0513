"""The statements of `player.monitor.quick`, made of the tables' own columns for either database.

An item with its sources and their verdicts is a row for each source; tracks and transitions come as JSON in the row of
the first. The ids are a parameter: a JSON array for SQLite, an array for PostgreSQL.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import ARRAY, Engine, Select, Text, and_, bindparam, case, cast, func, literal_column, null, or_, select

from player.monitor.plain import Item
from player.probe.reasons import State
from player.tables import UtcDateTime, media, sources, tracks, transitions, verdicts
from player.tokens import Kept, tokens

_OF_SOURCE = ("position", "id", "src", "type", "size", "bitrate", "width", "height")
_OF_VERDICT = ("state", "reason", "since", "checked_at", "fresh_until", "evidence", "requests", "bytes", "ms", "memory")


def of_item(engine: Engine) -> tuple[str, str, str]:
    """SQL for the items alone; with their changes where one was from or to a dead source; with all their changes."""
    local = engine.dialect.name == "sqlite"
    given = func.json_each(bindparam("media_ids")).table_valued("value")
    asked = (
        media.c.id.in_(select(given.c.value))
        if local
        else media.c.id == func.any(bindparam("media_ids", type_=ARRAY(Text)))
    )
    array, gather = (func.json_array, func.json_group_array) if local else (func.json_build_array, func.json_agg)

    plain = partial(_plain, engine)

    def gathered(rows: Any) -> Any:
        return cast(select(gather(array(*rows.c))).scalar_subquery(), Text)

    def once(what: Any, *also: Any) -> Any:
        """Asked for in one row alone."""
        return case((and_(sources.c.position == literal_column("0"), *also), what))

    beside = (
        select(*(tracks.c[name] for name in ("position", "src", "kind", "srclang", "label", "is_default")))
        .where(tracks.c.media_id == media.c.id)
        .correlate(media)
        .subquery("beside")
    )
    dead: Any = literal_column(f"'{State.UNAVAILABLE.value}'")
    ours = and_(transitions.c.media_id == media.c.id, transitions.c.at > bindparam("since"))
    died = select(transitions.c.id).where(ours, or_(transitions.c.state == dead, transitions.c.from_state == dead))
    change = ("id", "at", "source_id", "from_state", "state")
    past = (
        select(*(plain(transitions.c[name]).label(name) for name in change))
        .where(ours)
        .order_by(transitions.c.id.desc())
        .limit(bindparam("most"))
        .correlate(media)
        .subquery("past")
    )

    def whole(*between: Any) -> str:
        query: Select[Any] = (
            select(
                *(plain(media.c[name]) for name in Item._fields),
                *between,
                *(sources.c[name] for name in _OF_SOURCE),
                *(plain(verdicts.c[name]) for name in _OF_VERDICT),
            )
            .select_from(media)
            .outerjoin(sources, sources.c.media_id == media.c.id)
            .outerjoin(verdicts, verdicts.c.source_id == sources.c.id)
            .where(asked)
        )
        return str(query.compile(dialect=engine.dialect))

    told = once(gathered(beside))
    return (
        whole(told, null()),
        whole(told, once(gathered(past), died.correlate(media).exists())),
        whole(told, once(gathered(past))),
    )


def of_token(engine: Engine) -> str:
    query = select(*(_plain(engine, tokens.c[name]) for name in Kept._fields))
    return str(query.where(tokens.c.id == bindparam("token_id")).compile(dialect=engine.dialect))


def _plain(engine: Engine, column: Any) -> Any:
    """As text where it is a time or JSON, which SQLite has anyhow."""
    if engine.dialect.name == "sqlite":
        return column
    if isinstance(column.type, UtcDateTime):
        in_utc = func.timezone(literal_column("'UTC'"), column)
        return func.to_char(in_utc, literal_column("'YYYY-MM-DD HH24:MI:SS.US'"))
    return cast(column, Text) if column.name in ("evidence", "memory") else column
