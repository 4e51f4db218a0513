"""Access tokens: who may read what is not public. Only a digest of each is kept; the token itself is shown once.

A token is `spt_`, its id, `_`, and 256 random bits, so that its digest needs no salt and no slow hash: there is
nothing to guess from (https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html is about what
people choose).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Column, Engine, String, Table, Text, insert, select, update

from player.database import writing
from player.tables import UtcDateTime, metadata

SHAPE = re.compile(r"spt_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")
ID = re.compile(r"[0-9a-f]{12}")


tokens = Table(
    "tokens",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("name", Text, nullable=False),
    Column("scopes", Text, nullable=False),  # words, with spaces between them
    Column("digest", String(64), nullable=False),  # SHA-256 of the whole token, in hex
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)


class Scope(StrEnum):
    """What a token opens. `HEALTH`: availability, incidents, events. `METRICS`: what Prometheus asks."""

    HEALTH = "health"
    METRICS = "metrics"
    DASHBOARD = "dashboard"


@dataclass(frozen=True, slots=True)
class Token:
    """All that is known of a token. `expires_at`, `revoked_at`: None for never."""

    id: str
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    def holds(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class Kept(NamedTuple):
    """A row of the table."""

    id: str
    name: str
    scopes: str
    digest: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


def id_of(token: str) -> str | None:
    """Under which it would be kept; None for what cannot be a token."""
    shape = SHAPE.fullmatch(token)
    return None if shape is None else shape[1]


def judge(token: str, kept: Kept | None, now: datetime) -> Token | None:
    """Whose token this is, if it is the one whose id has this row, and holds now."""
    # In constant time, whether there is such an id or not.
    same = hmac.compare_digest(_digest(token), kept.digest if kept else _digest(""))
    if kept is None or not same:
        return None
    found = _token(kept)
    return found if found.holds(now) else None


class Tokens:
    """Every method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, name: str, scopes: Collection[Scope], now: datetime, expires_at: datetime | None = None) -> str:
        """A new token. What is returned is not kept, and cannot be shown again."""
        token_id = secrets.token_hex(6)
        token = f"spt_{token_id}_{secrets.token_urlsafe(32)}"
        row = {
            "id": token_id,
            "name": name,
            "scopes": " ".join(sorted(scopes)),
            "digest": _digest(token),
            "created_at": now,
            "expires_at": expires_at,
        }
        with writing(self._engine) as connection:
            connection.execute(insert(tokens), row)
        return token

    def find(self, token: str, now: datetime) -> Token | None:
        """Whose token this is, if it is one and holds now."""
        if (token_id := id_of(token)) is None:
            return None
        with self._engine.connect() as connection:
            row = connection.execute(select(tokens).where(tokens.c.id == token_id)).one_or_none()
        return judge(token, None if row is None else Kept(*row), now)

    def list(self) -> list[Token]:
        """All that there ever were, the oldest first."""
        with self._engine.connect() as connection:
            return [_token(Kept(*row)) for row in connection.execute(select(tokens).order_by(tokens.c.created_at))]

    def revoke(self, token_id: str, now: datetime) -> bool:
        """Whether there was one that had not been revoked."""
        held = (tokens.c.id == token_id, tokens.c.revoked_at.is_(None))
        with writing(self._engine) as connection:
            return connection.execute(update(tokens).where(*held).values(revoked_at=now)).rowcount > 0


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _token(row: Kept) -> Token:
    scopes = frozenset(Scope(word) for word in row.scopes.split())
    return Token(row.id, row.name, scopes, row.created_at, row.expires_at, row.revoked_at)
