"""The circuit breakers of hosts: a dead CDN costs a probe now and then, not one for each of its files.

Once several sources of a host in a row have met with failures that may be the host's, and none with an answer, the host
is held to be down: what befalls its items is one incident. Where it is silent, one probe at a time goes through from
then on to see whether it is back; the others are told what the host's silence was, without a request, and since when
and until when it was witnessed: what is inferred is as old as the probes that it is inferred from, and confirms
nothing by itself. A host that answers with errors (5xx) is probed in full: only its files can say which of them.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

SILENCE = frozenset({"dns", "refused", "unreachable", "timeout", "tls", "tls-expired", "tls-name", "tls-untrusted"})
"""Reasons that may be the host's rather than the file's, and whatever the file."""

OF_HOSTS = SILENCE | {"server-error"}
"""Reasons that are the host's when enough of its files have them."""

ENOUGH = 6
"""Different sources in a row that must have met with silence."""

CANARY_SECONDS = 5.0
"""Between two probes of a host that is down."""

FIRST_CANARY_SECONDS = 1.5
"""Until the first one, while the silence has been witnessed for less than `WITNESSED` seconds: a blip is soon over."""

WITNESSED = 4.0
OTHERS = 4  # times as long as a dead source, another one waits before it is the one to be asked

HOSTS = 50_000
"""Hosts that are remembered; the longest unused go first, and are merely learned anew."""


@dataclass(slots=True)
class Breaker:
    """Times by the clock. `began`: of the first probe that failed; `heard`: the end of the latest one."""

    failed: set[str] = field(default_factory=set)
    reason: str | None = None  # while the host is down: why
    tried: float = 0.0  # when a canary was sent last
    began: float = 0.0
    heard: float = 0.0

    @property
    def witnessed(self) -> bool:
        return self.heard - self.began >= WITNESSED

    @property
    def patience(self) -> float:
        return CANARY_SECONDS if self.witnessed else FIRST_CANARY_SECONDS


@dataclass(frozen=True, slots=True)
class Silence:
    """A host's. `began` and `heard`: seconds ago, the first and the last that was witnessed of it."""

    reason: str
    began: float
    heard: float


class Breakers:
    """One for each host. Lives in one event loop; `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._hosts: OrderedDict[str, Breaker] = OrderedDict()

    def seed(self, down: Mapping[str, str]) -> None:
        """Hosts that were down when the monitor ended: each is asked for once, and believed to be until it answers."""
        now = self._clock()
        for host, reason in down.items():
            breaker = Breaker(reason=reason, tried=now - CANARY_SECONDS, began=now - WITNESSED, heard=now)
            self._hosts.setdefault(host, breaker)

    def silence(self, host: str, *, dead: bool = True) -> Silence | None:
        """What there is to know without a probe; None where one is to be made, if need be of a source that is not
        held to be `dead`: it would have to wait for the end of that probe to be."""
        breaker = self._hosts.get(host)
        if breaker is None or breaker.reason not in SILENCE:
            return None
        now = self._clock()
        if now - breaker.tried >= breaker.patience * (1 if dead or not breaker.witnessed else OTHERS):
            breaker.tried = now
            return None
        return self.witnessed(host)

    def witnessed(self, host: str) -> Silence | None:
        """The silence of a host that is down."""
        breaker, now = self._hosts.get(host), self._clock()
        if breaker is None or breaker.reason not in SILENCE:
            return None
        return Silence(str(breaker.reason), now - breaker.began, now - breaker.heard)

    def tell(self, host: str, src: str, reason: str, took: float = 0.0) -> bool:
        """What a probe of so many seconds has found. Whether the host went down, or came back, by it."""
        if reason not in OF_HOSTS:
            breaker = self._hosts.pop(host, None)
            return breaker is not None and breaker.reason is not None
        now = self._clock()
        breaker = self._hosts.setdefault(host, Breaker(began=now - took))
        self._hosts.move_to_end(host)
        if len(self._hosts) > HOSTS:
            self._hosts.popitem(last=False)
        breaker.heard = now
        if breaker.reason is not None:
            breaker.reason = reason
            return False
        if breaker.failed <= {src}:
            # One file that has been failing for long is no witness of how long its host has.
            breaker.began = now - took
        breaker.failed.add(src)
        if len(breaker.failed) < ENOUGH:
            return False
        breaker.failed.clear()
        breaker.reason, breaker.tried = reason, now
        return True

    def down(self) -> dict[str, str]:
        """The hosts that are down now, and why."""
        return {host: breaker.reason for host, breaker in self._hosts.items() if breaker.reason is not None}
