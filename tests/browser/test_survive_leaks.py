"""However often playing begins anew, nothing of the times before is left: no engine, buffer, listener or memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from demo.live import Live
from demo.origin import RunningOrigin, run_origin
from demo.streams import prepare
from tests.browser.heap import Heap
from tests.browser.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

TIMES = 8
SOUND = "!spy.media().paused && spy.media().readyState > 2 && spy.player().phase === 'ready'"
ENGINE = "performance.getEntriesByType('resource').map(({ name }) => name).find((name) => /engine-hls/.test(name))"
# Prototypes of what there is one of, or none, while a stream plays.
KINDS = {
    "engine": f"import({ENGINE}).then((engine) => engine.default.prototype)",
    "MediaSource": "MediaSource.prototype",
    "SourceBuffer": "SourceBuffer.prototype",
    "ResizeObserver": "ResizeObserver.prototype",
}
# Bytes that each new beginning may leave, as the spare room of collections; an engine has ten times as many.
SPARE = 3_000


@pytest.fixture
def origin(tmp_path: Path, media_root: Path) -> Iterator[RunningOrigin]:
    films = prepare(tmp_path, seconds=12, segment=1.0).films
    with run_origin(media_root) as origin:
        origin.mount("live", Live(films, segment=1.0, window=8.0))
        yield origin


def by_hand(stage: Stage, origin: RunningOrigin) -> None:
    stage.evaluate("void (spy.phases.length = 0, spy.player().load(), spy.player().play().catch(() => {}))")
    stage.until("spy.phases.some(({ phase }) => phase === 'ready')", timeout=40)


def by_fault(stage: Stage, origin: RunningOrigin) -> None:
    stage.evaluate("void (spy.phases.length = 0)")
    for name in ("low", "high"):
        origin.set_fault(f"live/{name}/index.m3u8", "500")
    stage.until("spy.phases.some(({ phase }) => phase !== 'ready')", timeout=40)
    origin.clear()


@pytest.mark.parametrize("again", [by_hand, by_fault])
def test_an_engine_that_was_left_leaves_nothing(
    stage_in_chromium: Stage, origin: RunningOrigin, again: Callable[[Stage, RunningOrigin], None]
) -> None:
    stage = stage_in_chromium
    stage.allow_engines()
    stage.also_media_from(f"http://127.0.0.1:{origin.port}")
    source = {"src": origin.url("live/master.m3u8"), "engine": True}
    stage.backend.tell("tv", {"id": "tv", "kind": "video", "lifecycle": "live", "sources": [source]})
    stage.open(stage.video(media="tv"))
    stage.play()
    heap = Heap(stage)

    def begin(times: int) -> dict[str, int]:
        for _ in range(times):
            stage.until(SOUND, timeout=40)
            again(stage, origin)
        # How much has been loaded since is another matter.
        by_hand(stage, origin)
        stage.until(SOUND, timeout=40)
        stage.evaluate("void (spy.heard.length = 0, spy.phases.length = 0)")  # the test's own notes
        counts = {name: heap.alive(prototype) for name, prototype in KINDS.items()}
        return counts | {"listeners": heap.listeners(), "bytes": heap.held().data}

    before = begin(TIMES)
    after = begin(TIMES)
    print(before, after)
    assert before["engine"] == 1
    for name in KINDS:
        # One at the most: whether a buffer's object is alive at this moment is the collector's affair.
        assert after[name] <= 1, name
    # Less than one for each new beginning: objects that the collector has not come to yet still have theirs.
    assert after["listeners"] - before["listeners"] < TIMES
    assert after["bytes"] - before["bytes"] < TIMES * SPARE
