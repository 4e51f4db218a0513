"""The deep look: the first seconds decoded, and what comes of them: black, frozen, silent, undecodable, slow.

Everything is fetched by the prober's own fetcher, under the address guard and within a budget; a process of its own
(`decoding.py`) decodes it from bytes, and is ended when it takes too long. What begins dark or silent is looked at
further on too, before anything is said of it. Encrypted segments are left alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from player.probe import decoding
from player.probe.ask import Ask
from player.probe.decoding import BLACK, SILENT, STILL
from player.probe.deep_sources import Group, Meter, groups
from player.probe.fetch import Failure, Fetcher, Tally
from player.probe.findings import Finding, Inspection
from player.probe.observation import Observation

SECONDS = 8.0  # of each place that is looked at
TIMEOUT = 45.0  # seconds for all of it
REQUESTS, BYTES = 160, 24 << 20  # of one deep look
MEASURABLE = 1 << 17  # bytes; less says nothing about a network
LEAST, LEAST_STILL = 2.0, 4.0  # seconds that are enough to call it black or silent, and frozen
MOST_BROKEN = 0.5  # share of packets that cannot be decoded
_FEW = 5  # packets


def possible() -> bool:
    """Whether PyAV is installed."""
    return importlib.util.find_spec("av") is not None


async def look(fetcher: Fetcher, seen: Observation, tally: Tally, origin: str) -> Inspection:
    """What decoding finds in a source that a probe has just seen. Raises `Failure`, and nothing else."""
    if not possible():
        raise Failure("probe-failed", "a deep look needs PyAV: pip install 'steady-player[ingest]'")
    cost = Tally()
    ask = Ask(fetcher, fetcher.now() + TIMEOUT, cost, origin, most_requests=REQUESTS, most_bytes=BYTES)
    meter = Meter()
    try:
        async with asyncio.timeout(TIMEOUT):
            made = await groups(seen, ask, meter, SECONDS)
            said = await _decode(made) if made else []
    except TimeoutError:
        return Inspection(_slow(meter, None), {"deep": {"gave_up": "time"}})
    finally:
        tally.requests, tally.bytes = tally.requests + cost.requests, tally.bytes + cost.bytes
    if meter.failure and not any(one[kind]["frames"] for one in said for kind in ("video", "audio")):
        raise meter.failure
    found = [finding for group, one in zip(made, said, strict=True) for finding in _judge(group, one)]
    needed = meter.needed or _bitrate(seen, said)
    return Inspection((*found, *_slow(meter, needed)), {"deep": _facts(said, meter, needed)})


def _bitrate(seen: Observation, said: Sequence[dict[str, Any]]) -> float | None:
    """Bits a second of a plain file."""
    duration = next((one["duration"] for one in said if one.get("duration")), None)
    return 8 * seen.size / duration if seen.size and duration else None


def _facts(said: Sequence[dict[str, Any]], meter: Meter, needed: float | None) -> dict[str, Any]:
    facts: dict[str, Any] = {"bytes": meter.bytes, "bits_per_second": round(meter.rate) if meter.rate else None}
    facts["needed"] = round(needed) if needed else None
    facts["gave_up"] = next((one["gave_up"] for one in said if "gave_up" in one), None)
    for kind, value in (("video", "brightest"), ("video", "change"), ("audio", "loudest")):
        found = [one[kind] for one in said if one[kind]["frames"]]
        if found:
            facts[f"{kind}_seconds"] = round(max(one["seconds"] for one in found), 1)
            facts[value] = round(max(one[value] for one in found), 4)
    return {name: value for name, value in facts.items() if value is not None}


def _judge(group: Group, said: dict[str, Any]) -> list[Finding]:
    """What one group argues for; nothing where it was cut short by our own limits."""
    found: list[Finding] = []
    picture, sound = said["video"], said["audio"]
    if "gave_up" in said:
        return []
    if said.get("error") and not said.get("short"):
        return [Finding("undecodable", {"detail": said["error"]}, group.where)]
    for kind, one in (("video", picture), ("audio", sound)):
        broken = one["errors"] > MOST_BROKEN * one["packets"] or one["frames"] == 0
        if one["packets"] >= _FEW and broken:
            told = {"stream": kind, "packets": one["packets"], "errors": one["errors"]}
            found.append(Finding("undecodable", told, group.where))
    if picture["frames"] and picture["brightest"] < BLACK and picture["seconds"] >= LEAST:
        found.append(Finding("black", {"brightest": picture["brightest"]}, group.where))
    elif picture["frames"] and picture["change"] < STILL and picture["seconds"] >= LEAST_STILL:
        found.append(Finding("frozen", {"change": picture["change"]}, group.where))
    if sound["frames"] and sound["loudest"] < SILENT and sound["seconds"] >= LEAST:
        found.append(Finding("silent", {"loudest": round(sound["loudest"], 5)}, group.where))
    return found


def _slow(meter: Meter, needed: float | None) -> tuple[Finding, ...]:
    """Less came than is played in the same time: of the lowest rendition, where there are several."""
    if needed and meter.rate and meter.bytes >= MEASURABLE and meter.rate < needed:
        return (Finding("slow", {"bits_per_second": round(meter.rate), "needed": round(needed)}),)
    return ()


async def _decode(made: Sequence[Group]) -> list[dict[str, Any]]:
    """Runs the process, and answers what it asks for. Raises `Failure`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(Path(decoding.__file__)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    try:
        return await _converse(process, made)
    except (OSError, ValueError, KeyError, IndexError, TypeError, asyncio.LimitOverrunError) as error:
        raise Failure("probe-failed", f"the decoder: {type(error).__name__}") from error
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _converse(process: asyncio.subprocess.Process, made: Sequence[Group]) -> list[dict[str, Any]]:
    assert process.stdin and process.stdout
    about = [[{"size": source.size} for source in group.sources] for group in made]
    process.stdin.write(json.dumps({"groups": about, "seconds": SECONDS}).encode() + b"\n")
    while line := await process.stdout.readline():
        message = json.loads(line)
        if "seen" in message:
            seen: list[dict[str, Any]] = message["seen"]
            return seen
        if "length" in message:
            group, number = message["length"]
            size = await made[group].sources[number].length()
            process.stdin.write((-1 if size is None else size).to_bytes(8, signed=True))
            continue
        group, number, at, length = message["read"]
        data = await made[group].sources[number].read(int(at), int(length))
        process.stdin.write(len(data).to_bytes(4) + data)
        await process.stdin.drain()
    # It came to its end by itself: a limit, or a decoder's own fault. Neither is held against the source.
    return [{"gave_up": "crash", "video": _NOTHING, "audio": _NOTHING} for _ in made]


_NOTHING = {"frames": 0, "packets": 0, "errors": 0, "seconds": 0.0, "brightest": 0, "change": 0, "loudest": 0.0}
