"""Whether a request's token opens what the read path answers, where `PLAYER_PUBLIC_HEALTH` is off.

What has been found to open is kept until anything is written, and no longer than it holds, as bodies are. All else is
for Flask to judge, and to count (`player.web.access`).
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable
from datetime import datetime

from player.monitor.quick import QuickReader
from player.tokens import Token, id_of, judge
from player.web import access
from player.web.bodies import OVERHEAD, Bodies

KEPT = 1000  # tokens
SCOPES = access.NEEDED["availability"]


class Guard:
    """For one thread, as its reader."""

    def __init__(
        self, reader: QuickReader, revision: Callable[[], object], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._reader = reader
        self._open: Bodies[Token] = Bodies(revision, limit=KEPT * OVERHEAD, clock=clock)

    def opens(self, authorization: str | None, client: str, now: datetime) -> bool:
        """`authorization`: the header; `client`: address and port. Raises what the database raises."""
        if authorization is None:
            return False
        # By a digest, so that neither the memory nor the time of a comparison tells of the token.
        key = hashlib.sha256(authorization.encode()).hexdigest()
        found = self._open.get(key)
        if found is None:
            address = client.rpartition(":")[0].strip("[]")
            found = access.opener(authorization, address, SCOPES, lambda token: self._judge(token, now))
            if found is None:
                return False
            self._open.put(key, found, 0, _seconds(found, now))
        return found.holds(now)

    def _judge(self, token: str, now: datetime) -> Token | None:
        token_id = id_of(token)
        return None if token_id is None else judge(token, self._reader.token(token_id), now)


def _seconds(token: Token, now: datetime) -> float:
    return math.inf if token.expires_at is None else (token.expires_at - now).total_seconds()
