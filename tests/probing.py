"""One probe of a source, as the suite asks for it: in the dark about nothing but the address."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from typing import Any

from player.probe.observe import Observation, Prober, Target
from player.probe.reasons import REASONS
from player.probe.verdict import Verdict, judge

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]
TIMEOUT = 60.0  # seconds, where no time-out is expected
SHORT = 1.5  # where one is


def observe(*targets: Target, timeout: float = TIMEOUT, allow: Any = LOOPBACK, **options: Any) -> list[Observation]:
    async def run() -> list[Observation]:
        async with Prober(timeout=timeout, allow_networks=allow, **options) as prober:
            return await asyncio.gather(*(prober.observe(target) for target in targets))

    return asyncio.run(run())


def probe(url: str, *, timeout: float = TIMEOUT, allow: Any = LOOPBACK, **target: Any) -> Verdict:
    aim = Target(url, **target)
    verdict = judge(aim, observe(aim, timeout=timeout, allow=allow)[0], interval=60)
    json.dumps(verdict.evidence)
    assert REASONS[verdict.reason].state is verdict.state
    return verdict
