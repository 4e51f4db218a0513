"""The origin's own addresses: what it has served, which faults are set, and the switches that set them."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from .faults import FAULTS, UnknownFault
from .messages import PREFLIGHT, Answer, Request, as_json, text
from .transfer import HOLD

if TYPE_CHECKING:
    from .server import Origin


def control(origin: Origin, path: str, request: Request) -> Answer:
    """The answer of `!log`, `!faults`, `!fault` and `!live`, as origin.py and live.py describe them."""
    if request.method == "OPTIONS":
        return Answer(204, dict(PREFLIGHT))
    if path == "!log" and request.method in ("GET", "HEAD"):
        return as_json(200, {"requests": origin.requests, "connections": origin.connections})
    if path == "!faults" and request.method in ("GET", "HEAD"):
        return as_json(200, {"faults": origin.faults, "known": [*FAULTS, "refuse"]})
    if path == "!fault" and request.method == "POST":
        return _fault(origin, request.body)
    if path == "!live" and request.method == "POST":
        return _live(origin, request.body)
    return text(404, "no such page\n")


def _fault(origin: Origin, body: bytes) -> Answer:
    try:
        asked = json.loads(body)
        fault, name = asked["fault"], asked.get("path")
        if not isinstance(fault, str | None) or not isinstance(name, str | None):
            raise TypeError
        if fault and fault.partition("=")[0] == "refuse":
            seconds = float(fault.partition("=")[2] or 20)
            asyncio.get_running_loop().call_soon(origin.refuse_for, min(seconds, HOLD))
        elif name is None and fault is None:
            origin.clear()
        else:
            origin.set_fault(str(asked["path"]), fault)
    except UnknownFault as error:
        return as_json(400, {"error": f"no such fault: {error}", "known": [*FAULTS, "refuse"]})
    except (ValueError, KeyError, TypeError, AttributeError):
        return as_json(400, {"error": 'expected {"path": "clip.mp3", "fault": "404" or null}'})
    return as_json(200, {"faults": origin.faults})


def _live(origin: Origin, body: bytes) -> Answer:
    """Tells a mount that listens what to do."""
    try:
        asked = json.loads(body)
        mount: Any = origin.mounts[asked["path"].strip("/")]
        mount.command(str(asked["do"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        listening = [name for name, mount in origin.mounts.items() if hasattr(mount, "command")]
        return as_json(400, {"error": 'expected {"path": "live", "do": "freeze"}', "known": listening})
    return as_json(200, {"path": asked["path"], "do": asked["do"]})
