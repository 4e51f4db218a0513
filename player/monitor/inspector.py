"""One source's turn: is it probed at all, what is held of it afterwards, and when does its next turn come?"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from player.monitor.breaker import Breakers
from player.monitor.entries import DueSource, Result, as_of
from player.monitor.hysteresis import weigh
from player.monitor.schedule import confirm_after, delay, retry_after, tier
from player.probe.observation import Observation
from player.probe.reasons import REASONS, State
from player.probe.target import Target
from player.probe.verdict import Verdict, judge
from player.settings import Settings

GRACE_SECONDS = 30.0  # over all its deadlines, a probe is taken for hung

log = logging.getLogger("player.monitor")


class Observer(Protocol):
    """What is asked of a prober."""

    async def observe(self, target: Target) -> Observation: ...


Opener = Callable[[], AbstractAsyncContextManager[Observer]]


@dataclass(frozen=True, slots=True)
class Found:
    """What a probe says, or what stands in for one. `asked`: seconds that the server asked to be left alone."""

    verdict: Verdict
    requests: int = 0
    bytes: int = 0
    ms: float = 0.0
    asked: float | None = None


class Inspector:
    """Lives in one event loop. `spread`: whether there are too many sources to probe all of them in each interval."""

    def __init__(self, settings: Settings, chance: random.Random) -> None:
        self._settings = settings
        self._chance = chance
        self.breakers = Breakers()
        self.spread = False

    async def inspect(self, prober: Observer, due: DueSource) -> tuple[Result, State, bool]:
        """The result, the state that the probe itself found, and whether the host went down or came back by it."""
        interval = self._interval(due)
        silence = self.breakers.silence(due.host)
        if silence is None:
            found = await self._probe(prober, due, interval)
            turned = self.breakers.tell(due.host, due.source.src, found.verdict.reason)
        else:
            found, turned = self._told(silence, due.host, interval), False
        return self._result(due, found, interval), found.verdict.state, turned

    def _interval(self, due: DueSource) -> float:
        interval = self._settings.probe_interval
        if not self.spread or due.live or due.published_at is None:
            return interval
        dead = due.current is not None and due.current.state is State.UNAVAILABLE
        return tier(interval, _now() - due.published_at, dead=dead)

    async def _probe(self, prober: Observer, due: DueSource, interval: float) -> Found:
        source, settings = due.source, self._settings
        target = Target(
            source.src,
            due.kind,
            source.type,
            source.size,
            due.duration,
            page=due.page,
            fresh=due.memory.suspect is not None,
            before=due.current.evidence if due.current else None,
        )
        # Waiting for a turn at a busy host counts too, so the bound is what the worst queue takes.
        bound = settings.probe_timeout * (1 + settings.probe_concurrency / settings.probe_per_host) + GRACE_SECONDS
        bound += settings.probe_concurrency / settings.probe_host_rate
        try:
            async with asyncio.timeout(bound):
                seen = await prober.observe(target)
            verdict = judge(target, seen, interval=interval, previous=due.current)
            asked = retry_after(seen.headers.get("retry-after"), verdict.checked_at)
            return Found(verdict, seen.requests, seen.bytes, seen.ms, asked)
        except Exception as error:  # ours to mend; the source is not to blame, and the others go on
            log.exception("The probe of %s failed", source.src)
            return Found(_verdict("probe-failed", interval, error=type(error).__name__))

    def _told(self, silence: str, host: str, interval: float) -> Found:
        """What stands in for a probe of a host that is down."""
        return Found(_verdict(silence, interval, host=host, inferred="the host answers no probe"))

    def _result(self, due: DueSource, found: Found, interval: float) -> Result:
        seen = found.verdict
        held = as_of(due.current, seen.checked_at) if due.current else None
        # What has gone stale is as good as never probed.
        known = held if held is not None and held.reason != "unchecked" else None
        verdict, memory = weigh(known, due.memory, seen, gap=0.8 * confirm_after(interval))
        # A first probe that finds a source dead has nobody to contradict, and is looked at again soon all the same.
        suspect = memory.suspect is not None or (known is None and seen.state is State.UNAVAILABLE)
        seconds = delay(seen, suspect=suspect, interval=interval, jitter=self._chance.random(), retry_after=found.asked)
        due_at = seen.checked_at + timedelta(seconds=seconds)
        return Result(due.source_id, verdict, found.requests, found.bytes, found.ms, due_at, memory)


def _verdict(reason: str, interval: float, **evidence: str) -> Verdict:
    now = _now()
    return Verdict(REASONS[reason].state, reason, now, now, now + timedelta(seconds=2 * interval), evidence)


def _now() -> datetime:
    return datetime.now(UTC)
