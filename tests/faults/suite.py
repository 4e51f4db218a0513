"""All cases, probed by one prober: what it said of each, and what that cost."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from player.probe.observation import Observation
from player.probe.observe import Prober
from player.probe.reasons import State
from player.probe.target import Target
from player.probe.verdict import Verdict, judge
from tests.faults import (
    audio,
    captions,
    dash,
    dash_odd,
    disguise,
    files,
    hls,
    hls_ladders,
    hls_live,
    hls_odd,
    hls_parts,
    hostile,
    http,
    images,
    manners,
    mp4,
    tls,
)
from tests.faults.case import Case, Media
from tests.faults.origin import FaultOrigin

LOOPBACK = tuple(ipaddress.ip_network(network) for network in ("127.0.0.0/8", "::1/128"))
PATIENT = 60.0  # seconds; a loaded machine is no fault of the source
AGAIN = 5  # probes at most of one case
SHORT = 3.0  # where silence has to be waited for
AREAS = (
    http, disguise, manners, mp4, audio, files, images, hls, hls_odd, hls_ladders, hls_parts, hls_live, dash, dash_odd,
    captions, tls,
)  # fmt: skip


def all_cases(samples: Path) -> list[Case]:
    """Of every module that has `cases(media)`."""
    media = Media(samples)
    return [case for area in AREAS for case in area.cases(media)]


def hostile_cases(samples: Path) -> list[Case]:
    return hostile.cases(Media(samples))


@dataclass(frozen=True, slots=True)
class Outcome:
    case: Case
    seen: Observation
    verdict: Verdict

    @property
    def wrong(self) -> str | None:
        """What is wrong with the verdict, in a line."""
        case, verdict = self.case, self.verdict
        found = {finding["reason"] for finding in verdict.evidence.get("findings", ())}
        if verdict.state is case.state and verdict.reason in case.reasons and case.also <= found:
            return None
        wanted = f"{case.state}/{'|'.join(sorted(case.reasons))}" + (f" also {sorted(case.also)}" if case.also else "")
        return f"{case.name}: {verdict.state}/{verdict.reason}, not {wanted}: {dict(verdict.evidence)}"


def probe_all(cases: Sequence[Case], origin: FaultOrigin) -> list[Outcome]:
    """Every case by a patient prober, silent ones by another."""
    return asyncio.run(_probe_all(cases, origin))


async def _probe_all(cases: Sequence[Case], origin: FaultOrigin) -> list[Outcome]:
    async with (
        Prober(timeout=PATIENT, per_host=16, allow_networks=LOOPBACK) as patient,
        Prober(timeout=SHORT, per_host=16, allow_networks=LOOPBACK) as short,
    ):

        async def probe(case: Case) -> Outcome:
            target = Target(origin.url(case), **case.target)
            for _ in range(AGAIN):  # a loaded machine makes the prober doubt itself, as it should
                seen = await (short if case.silent else patient).observe(target)
                verdict = judge(target, seen, interval=60)
                if verdict.reason != "starved" or "starved" in case.reasons:
                    break
            return Outcome(case, seen, verdict)

        # The impatient one, and what is timed, afterwards: when nothing else keeps it from listening.
        found: dict[str, Outcome] = {}
        for later in (False, True):
            some = [case for case in cases if (case.silent or case.timed) is later]
            found |= {one.case.name: one for one in await asyncio.gather(*(probe(case) for case in some))}
        return [found[case.name] for case in cases]


@dataclass(frozen=True, slots=True)
class Sums:
    """`faults`, `healthy`: how many cases are meant to be so. Means are over all cases, `bytes` of bodies."""

    faults: int
    healthy: int
    requests: float
    bytes: float


def sums(outcomes: Sequence[Outcome]) -> Sums:
    healthy = sum(outcome.case.state is State.AVAILABLE for outcome in outcomes)
    return Sums(
        faults=len(outcomes) - healthy,
        healthy=healthy,
        requests=sum(outcome.seen.requests for outcome in outcomes) / len(outcomes),
        bytes=sum(outcome.seen.bytes for outcome in outcomes) / len(outcomes),
    )


def table(outcomes: Sequence[Outcome]) -> str:
    rows = [f"{'case':<40} {'state':<12} {'reason':<22} {'requests':>8} {'bytes':>8}"]
    for outcome in outcomes:
        seen, verdict = outcome.seen, outcome.verdict
        mark = "  WRONG" if outcome.wrong else ""
        rows.append(
            f"{outcome.case.name:<40} {verdict.state:<12} {verdict.reason:<22} {seen.requests:>8} {seen.bytes:>8}{mark}"
        )
    total = sums(outcomes)
    rows.append(
        f"{total.faults} faults, {total.healthy} healthy oddities, "
        f"{sum(outcome.wrong is not None for outcome in outcomes)} wrong; "
        f"a source took {total.requests:.2f} requests and {total.bytes:,.0f} bytes"
    )
    return "\n".join(rows)
