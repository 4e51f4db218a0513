"""When the certificates of hosts run out: a fact about a host, as the latest probes of a few of its sources tell it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from player.tables import sources, verdicts

ASKED = 3  # sources of each host; a dead one may know nothing of it


@dataclass(frozen=True, slots=True)
class Certificate:
    """`until`: the moment after which browsers refuse it."""

    host: str
    until: datetime


def certificates(connection: Connection, hosts: Sequence[str]) -> list[Certificate]:
    """Of these hosts, as far as they are known, the first to run out first. One look at an index for each host."""
    found = []
    for host in hosts:
        query = select(verdicts.c.checked_at, verdicts.c.evidence).join(sources, sources.c.id == verdicts.c.source_id)
        rows = connection.execute(query.where(sources.c.host == host).limit(ASKED))
        told = [
            (row.checked_at, row.evidence["certificate_until"]) for row in rows if "certificate_until" in row.evidence
        ]
        if told:
            found.append(Certificate(host, datetime.fromisoformat(max(told)[1])))
    return sorted(found, key=lambda one: (one.until, one.host))
