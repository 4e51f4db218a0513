"""The circuit breakers of hosts: a dead CDN costs a probe now and then, not one for each of its files.

Once several sources of a host in a row have met with silence of the same kind, and none with an answer, the host is
held to be down. From then on one probe at a time goes through to see whether it is back; the others are told what the
host's silence was, without a request.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

SILENCE = frozenset({"dns", "refused", "unreachable", "timeout", "tls", "tls-expired", "tls-name", "tls-untrusted"})
"""Reasons that may be the host's rather than the file's."""

ENOUGH = 6
"""Different sources in a row that must have met with silence."""

CANARY_SECONDS = 5.0
"""Between two probes of a host that is down."""

HOSTS = 50_000
"""Hosts that are remembered; the longest unused go first, and are merely learned anew."""


@dataclass(slots=True)
class Breaker:
    failed: set[str] = field(default_factory=set)
    reason: str | None = None  # while the host is down: why
    tried: float = 0.0  # when a canary was sent last


class Breakers:
    """One for each host. Lives in one event loop; `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._hosts: OrderedDict[str, Breaker] = OrderedDict()

    def seed(self, down: Mapping[str, str]) -> None:
        """Hosts that were down when the monitor ended: each is asked for once, and believed to be until it answers."""
        for host, reason in down.items():
            self._hosts.setdefault(host, Breaker(reason=reason, tried=self._clock() - CANARY_SECONDS))

    def silence(self, host: str) -> str | None:
        """Why a probe need not be made: the host's reason; None where it is to be made."""
        breaker = self._hosts.get(host)
        if breaker is None or breaker.reason is None:
            return None
        if self._clock() - breaker.tried >= CANARY_SECONDS:
            breaker.tried = self._clock()
            return None
        return breaker.reason

    def tell(self, host: str, src: str, reason: str) -> bool:
        """What a probe has found. Whether the host went down, or came back, by it."""
        if reason not in SILENCE:
            breaker = self._hosts.pop(host, None)
            return breaker is not None and breaker.reason is not None
        breaker = self._hosts.setdefault(host, Breaker())
        self._hosts.move_to_end(host)
        if len(self._hosts) > HOSTS:
            self._hosts.popitem(last=False)
        if breaker.reason is not None:
            breaker.reason = reason
            return False
        breaker.failed.add(src)
        if len(breaker.failed) < ENOUGH:
            return False
        breaker.failed.clear()
        breaker.reason, breaker.tried = reason, self._clock()
        return True

    def down(self) -> dict[str, str]:
        """The hosts that are down now, and why."""
        return {host: breaker.reason for host, breaker in self._hosts.items() if breaker.reason is not None}
