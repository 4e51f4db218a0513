"""Content steering (rfc8216bis, section 7; ETSI TS 103 998 for DASH): the manifest by which a server leads players
from one delivery network to another. Without it they stay where they are."""

from __future__ import annotations

import json
from typing import Any

from player.probe.ask import decoded
from player.probe.fetch import Failure
from player.probe.findings import Finding
from player.probe.stream import Stream, evidence, lost

_CAP = 16_384
_ORDERS = ("PATHWAY-PRIORITY", "SERVICE-LOCATION-PRIORITY")  # the latter in early DASH


async def steering(stream: Stream, uri: str, line: int = 0) -> Finding | None:
    """What is wrong with the steering manifest that the subject names in that line."""
    seen: dict[str, Any] = {"part": "steering", **({"line": line} if line else {})}
    try:
        answer = await stream.get(stream.address(uri, stream.subject.url), cap=_CAP)
    except Failure as failed:
        return Finding("steering-missing", {**seen, "cause": failed.code, "detail": failed.detail}, uri[:500])
    if lost(answer) or not _steers(decoded(answer, _CAP)[0]):
        return Finding("steering-missing", {**seen, **evidence(answer)}, answer.url)
    return None


def _steers(body: bytes) -> bool:
    """Whether this is a steering manifest. Pathways in it that are not there are passed over by players."""
    try:
        manifest = json.loads(body)
    except (ValueError, RecursionError):
        return False
    if not isinstance(manifest, dict) or manifest.get("VERSION") != 1:
        return False
    return any(isinstance(manifest.get(name), list) and manifest[name] for name in _ORDERS)
