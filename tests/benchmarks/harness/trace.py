"""What the main thread did, from a Chromium trace (the Trace Event Format's complete events, `ph: X`).

Time is attributed as DevTools does: each event owns its duration without its children's, and a child of
no known kind counts as its parent. So a layout that a script forces is not scripting. Durations are the
thread's own (`tdur`; what the CPU throttle takes is in it), so that a busy machine does not lengthen them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_SCRIPTING = """
    EvaluateScript FunctionCall RunMicrotasks TimerFire FireIdleCallback FireAnimationFrame EventDispatch XHRLoad
    XHRReadyStateChange ParseFunction MinorGC MajorGC V8.GC_SCAVENGER V8.GC_MARK_COMPACTOR V8.CompileCode
    v8.compile v8.compileModule v8.evaluateModule v8.produceCache v8.parseFunction v8.run v8.callFunction
"""
_OTHER = """
    Layout UpdateLayoutTree RecalculateStyles PrePaint Paint Layerize Commit ParseHTML ParseAuthorStyleSheet
    HitTest IntersectionObserverController::computeIntersections ResourceReceivedData ResourceReceiveResponse
"""
KINDS = dict.fromkeys(_SCRIPTING.split(), "scripting") | dict.fromkeys(_OTHER.split(), "other")
_TASK = "ThreadControllerImpl::RunTask"
_BENCH = "bench-page.js"
LONG_MS = 50.0


@dataclass(frozen=True, slots=True)
class Event:
    """`start` and `end` in ms since navigation, `length` in ms of the thread's time."""

    name: str
    start: float
    end: float
    length: float
    url: str


@dataclass(frozen=True, slots=True)
class Load:
    """The main thread from navigation to `until`, in ms. `player_*`: since the player's own script began."""

    scripting: float
    busy: float
    longest: float
    player_longest: float
    blocking: float


def read(trace: bytes, address: str, until: float, own: str) -> Load:
    """`own`: what its scripts' addresses have in common. Raises ValueError without the page in the trace."""
    events = list(main_thread(json.loads(trace)["traceEvents"], address))
    tasks = [event for event in events if event.name == _TASK and 0 <= event.start < until]
    scripts = [event.start for event in events if own and own in event.url]
    began = min(scripts, default=float("inf"))
    return Load(
        scripting=sum(length for kind, length in owned(events, until) if kind == "scripting"),
        busy=sum(task.length for task in tasks),
        longest=max((task.length for task in tasks), default=0.0),
        player_longest=max((task.length for task in tasks if task.end > began), default=0.0),
        blocking=sum(max(0.0, task.length - LONG_MS) for task in tasks),
    )


def main_thread(events: list[dict[str, Any]], address: str) -> Iterator[Event]:
    """The complete events of the thread that navigated to the address, in order of start, longer ones first."""
    starts = [
        event
        for event in events
        if event["name"] == "navigationStart"
        and event.get("args", {}).get("data", {}).get("documentLoaderURL") == address
    ]
    if not starts:
        raise ValueError(f"the trace has no navigation to {address}")
    origin, process, thread = starts[-1]["ts"], starts[-1]["pid"], starts[-1]["tid"]
    mine = [e for e in events if e.get("ph") == "X" and e["pid"] == process and e["tid"] == thread]
    mine.sort(key=lambda event: (event["ts"], -event.get("dur", 0)))
    for event in mine:
        data = event.get("args", {}).get("data") or {}
        url = str(data.get("url") or event.get("args", {}).get("fileName") or "")
        start, lasted = (event["ts"] - origin) / 1000, event.get("dur", 0) / 1000
        yield Event(event["name"], start, start + lasted, event.get("tdur", event.get("dur", 0)) / 1000, url)


def owned(events: list[Event], until: float) -> Iterator[tuple[str, float]]:
    """Each event's kind and its own ms; what the bench's script did is of the kind `bench`."""
    stack: list[tuple[float, str, list[float]]] = []
    closed: list[tuple[str, list[float]]] = []
    for event in events:
        if not 0 <= event.start < until:
            continue
        while stack and stack[-1][0] <= event.start:
            stack.pop()
        above = stack[-1][1] if stack else "other"
        kind = _kind(event, above)
        if stack:
            stack[-1][2][0] -= event.length
        own = [event.length]
        stack.append((event.end, kind, own))
        closed.append((kind, own))
    for kind, own in closed:
        yield kind, max(0.0, own[0])


def _kind(event: Event, above: str) -> str:
    return "bench" if above == "bench" or _BENCH in event.url else KINDS.get(event.name, above)
