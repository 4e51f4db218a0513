"""What a page of Chromium still holds, after garbage was collected."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.browser.stage import Stage

# What programs make and keep. The rest of a heap is the engine's own: what it compiles as code grows hot, shapes of
# objects, and the browser's objects, of which the developer tools keep some.
DATA = frozenset(
    ("object", "closure", "array", "string", "concatenated string", "sliced string", "number", "regexp", "bigint")
)


# V8 keeps the texts of whole numbers that were asked for, in a table that grows once, from 1 to 64 kB, when it is
# full: done before anything is weighed, or it looks like a leak of whatever is under way by then.
FILL_NUMBER_TEXTS = "for (let number = 0; number < 40_000; number++) String(number);"


@dataclass(frozen=True, slots=True)
class Held:
    """Bytes: `whole` as the engine counts them, `data` without its own."""

    whole: int
    data: int


class Heap:
    def __init__(self, stage: Stage) -> None:
        self._session = stage.page.context.new_cdp_session(stage.page)
        self._pause = stage.tab.pause
        self._told: list[str] = []
        self._session.on("HeapProfiler.addHeapSnapshotChunk", lambda event: self._told.append(event["chunk"]))
        self._session.send("Performance.enable")
        self._session.send("Runtime.evaluate", {"expression": FILL_NUMBER_TEXTS})

    def held(self) -> Held:
        self._collect()
        whole = self._session.send("Runtime.getHeapUsage")["usedSize"]
        self._told.clear()
        self._session.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
        return Held(round(whole), _data(json.loads("".join(self._told))))

    def listeners(self) -> int:
        self._collect()
        told = {one["name"]: one["value"] for one in self._session.send("Performance.getMetrics")["metrics"]}
        return int(told["JSEventListeners"])

    def alive(self, prototype: str) -> int:
        """How many objects there are of a prototype, which the expression names."""
        group = {"objectGroup": "count"}
        found = self._session.send("Runtime.evaluate", {"expression": prototype, "awaitPromise": True, **group})
        of = {"prototypeObjectId": found["result"]["objectId"], **group}
        objects = self._session.send("Runtime.queryObjects", of)["objects"]["objectId"]
        how = {"objectId": objects, "functionDeclaration": "function () { return this.length; }", "returnByValue": True}
        number = self._session.send("Runtime.callFunctionOn", how)["result"]["value"]
        self._session.send("Runtime.releaseObjectGroup", group)
        return int(number)

    def _collect(self) -> None:
        for _ in range(2):
            self._session.send("HeapProfiler.collectGarbage")
            self._pause(0.2)


def _data(told: dict[str, Any]) -> int:
    """The bytes of DATA in a snapshot, which has all nodes' fields in one list."""
    fields, types = (told["snapshot"]["meta"][name] for name in ("node_fields", "node_types"))
    step, nodes = len(fields), told["nodes"]
    kinds, sizes = nodes[fields.index("type") :: step], nodes[fields.index("self_size") :: step]
    data = {number for number, name in enumerate(types[0]) if name in DATA}
    return int(sum(size for kind, size in zip(kinds, sizes, strict=True) if kind in data))
