"""What probes have found becomes what is held: verdicts, transitions, incidents, sums, in one transaction.

Locks are taken in the order that `player.standings` names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, update

from player.monitor import incidents
from player.monitor.entries import Result, Transition
from player.monitor.incidents import Incident
from player.monitor.rows import change_row, counts_anew, held_rows, keep, probed, verdict_row
from player.monitor.sightings import Views
from player.settings import HOME
from player.standings.keeping import Ledger
from player.tables import verdicts

Post = Callable[[Connection, Sequence[Incident], datetime], None]


def record(
    connection: Connection,
    results: Sequence[Result],
    down: Mapping[str, str],
    worker: str | None,
    vantage: str,
    post: Post,
) -> list[Transition]:
    """See `player.monitor.history.History.record`. `post`: writes what is to be told of incidents."""
    wall = datetime.now(UTC)
    changes: list[dict[str, Any]] = []
    rows: dict[int, dict[str, Any]] = {}
    touched: set[str] = set()
    held = held_rows(connection, (result.source_id for result in results))
    views = Views(connection, vantage, held)
    for own in results:
        before = held.get(own.source_id)
        if before is None or worker not in (None, views.leased_by(own.source_id)):
            continue
        result = views.judged(own)
        same = (before["state"], before["reason"]) == (result.verdict.state.value, result.verdict.reason)
        if not same:
            changes.append(change_row(before, result))
        if not same or counts_anew(before, result, wall):
            touched.add(before["media_id"])
        before.update(verdict_row(result), since=before["since"] if same else result.verdict.since)
        rows[result.source_id] = {name: before[name] for name in views.recorded} | {"the_id": result.source_id}
    if not rows:
        return []
    by_id = update(verdicts).where(verdicts.c.source_id == bindparam("the_id"))
    ended = {"leased_by": None, "leased_until": None} if worker and vantage == HOME else {}
    connection.execute(by_id.values(ended), [rows[key] for key in sorted(rows)])
    views.write(worker)
    kept = keep(connection, changes)
    if kept:
        post(connection, incidents.follow(connection, kept, down, kept[-1].at), kept[-1].at)
    at = max(row["checked_at"] for row in rows.values())
    Ledger(connection, at).close(touched)
    probed(connection, at)
    return kept
