"""One source's turn: is it probed at all, what is held of it afterwards, and when does its next turn come?"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from player.monitor.beside import Beside, Deep, Extra
from player.monitor.breaker import OF_HOSTS, SILENCE, Breakers, Silence
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
    """What a probe says, or what stands in for one. `asked`: seconds that the server asked to be left alone.

    `began`: since when it has been so, where that was witnessed before the probe.
    """

    verdict: Verdict
    requests: int = 0
    bytes: int = 0
    ms: float = 0.0
    asked: float | None = None
    began: datetime | None = None


@dataclass(frozen=True, slots=True)
class Inspected:
    """`state`: what the probe itself found. `turned`: its host went down or came back by it. `doubted`: by it the first
    is heard of what may be its host's fault, and some of the host's other sources are worth a look."""

    result: Result
    state: State
    turned: bool
    doubted: bool


class Inspector:
    """Lives in one event loop. `spread`: whether there are too many sources to probe all of them in each interval."""

    def __init__(
        self, settings: Settings, chance: random.Random, extras: Callable[[int], Sequence[Extra]] = lambda _: ()
    ) -> None:
        self._settings = settings
        self._beside = Beside(extras, settings.probe_timeout)
        self._deep = Deep(settings.deep_hours)
        self._chance = chance
        self.breakers = Breakers()
        self.spread = False
        self._asking: dict[str, dict[int, asyncio.Task[Any]]] = {}  # probes under way, by host and source
        self._recalled: set[int] = set()  # sources whose host went down while their probe waited for its turn

    async def inspect(self, prober: Observer, due: DueSource) -> Inspected:
        interval = self._interval(due)
        dead = due.current is not None and due.current.state is State.UNAVAILABLE
        silence = self.breakers.silence(due.host, dead=dead)
        turned = doubted = False
        found = None if silence else await self._ask(prober, due, interval)
        if found is None and silence is None:
            silence = self.breakers.witnessed(due.host)
        if found is None and silence is not None:
            found = self._told(silence, due.host, interval)
        else:
            # Recalled, and its host is back already.
            found = found or await self._probe(prober, due, interval)
            reason = found.verdict.reason
            turned = self.breakers.tell(due.host, due.source.src, reason, found.ms / 1000)
            doubted = (
                due.current is not None
                and not dead
                and due.memory.suspect is None
                and reason in OF_HOSTS
                and not turned
            )
            if turned and reason in SILENCE:
                self._recall(due.host)
            if reason in SILENCE and (silence := self.breakers.witnessed(due.host)):
                found = replace(found, began=_now() - timedelta(seconds=silence.began))
        return Inspected(self._result(due, found, interval), found.verdict.state, turned, doubted)

    async def _ask(self, prober: Observer, due: DueSource, interval: float) -> Found | None:
        """What the probe says; None where it was recalled."""
        task = asyncio.current_task()
        assert task is not None
        asking = self._asking.setdefault(due.host, {})
        asking[due.source_id] = task
        try:
            return await self._probe(prober, due, interval)
        except asyncio.CancelledError:
            if due.source_id not in self._recalled:
                raise
            task.uncancel()
            return None
        finally:
            self._recalled.discard(due.source_id)
            del asking[due.source_id]
            if not asking:
                self._asking.pop(due.host, None)

    def _recall(self, host: str) -> None:
        """Probes in the queue of a silent host would wait for one time-out after the other; the oldest goes on."""
        for source_id, task in list(self._asking.get(host, {}).items())[1:]:
            self._recalled.add(source_id)
            task.cancel()

    def _interval(self, due: DueSource) -> float:
        interval = self._settings.probe_interval
        if not self.spread or due.live or due.wanted or due.published_at is None:
            return interval
        dead = due.current is not None and due.current.state is State.UNAVAILABLE
        return tier(interval, _now() - due.published_at, dead=dead)

    async def _probe(self, prober: Observer, due: DueSource, interval: float) -> Found:
        source, settings = due.source, self._settings
        deep = self._deep.take(due)
        target = Target(
            source.src,
            due.kind,
            source.type,
            source.size,
            due.duration,
            page=due.page,
            fresh=due.memory.suspect is not None,
            before=due.current.evidence if due.current else None,
            deep=deep,
        )
        # Waiting for a turn at a busy host counts too, so the bound is what the worst queue takes.
        bound = settings.probe_timeout * (1 + settings.probe_concurrency / settings.probe_per_host) + GRACE_SECONDS
        bound += settings.probe_concurrency / settings.probe_host_rate
        try:
            async with asyncio.timeout(bound):
                seen = await self._all(prober, due, target)
            verdict = judge(target, seen, interval=interval, previous=due.current)
            asked = retry_after(seen.headers.get("retry-after"), verdict.checked_at)
            return Found(verdict, seen.requests, seen.bytes, seen.ms, asked)
        except Exception as error:  # ours to mend; the source is not to blame, and the others go on
            log.exception("The probe of %s failed", source.src)
            return Found(_verdict("probe-failed", interval, error=type(error).__name__))
        finally:
            if deep:
                self._deep.leave()

    async def _all(self, prober: Observer, due: DueSource, target: Target) -> Observation:
        """The source, with what stands beside it, and with what the last deep look has found."""
        seen = await prober.observe(target)
        if seen.status is None:
            return seen
        beside = await self._beside.look(prober, due)
        told, held = (self._deep.made(seen), ()) if target.deep else self._deep.held(due, seen)
        if not beside and told is None:
            return seen
        facts = {**seen.facts, "deep": told} if told is not None else seen.facts
        return replace(seen, findings=(*seen.findings, *beside, *held), facts=facts)

    def _told(self, silence: Silence, host: str, interval: float) -> Found:
        """What stands in for a probe of a host that is down: as old as the last probe that met with the silence."""
        now = _now()
        heard = _verdict(silence.reason, interval, host=host, inferred="the host answers no probe")
        began = now - timedelta(seconds=silence.began)
        return Found(replace(heard, checked_at=now - timedelta(seconds=silence.heard)), began=began)

    def _result(self, due: DueSource, found: Found, interval: float) -> Result:
        seen = found.verdict
        held = as_of(due.current, seen.checked_at) if due.current else None
        # What has gone stale is as good as never probed.
        known = held if held is not None and held.reason != "unchecked" else None
        verdict, memory = weigh(known, due.memory, seen, gap=0.8 * confirm_after(interval), began=found.began)
        # A first probe that finds a source dead has nobody to contradict, and is looked at again soon all the same.
        suspect = memory.suspect is not None or (known is None and seen.state is State.UNAVAILABLE)
        seconds = delay(seen, suspect=suspect, interval=interval, jitter=self._chance.random(), retry_after=found.asked)
        due_at = (_now() if found.began else seen.checked_at) + timedelta(seconds=seconds)
        return Result(due.source_id, verdict, found.requests, found.bytes, found.ms, due_at, memory)


def _verdict(reason: str, interval: float, **evidence: str) -> Verdict:
    now = _now()
    return Verdict(REASONS[reason].state, reason, now, now, now + timedelta(seconds=2 * interval), evidence)


def _now() -> datetime:
    return datetime.now(UTC)
