"""Two hundred players come and go, and nothing of them is left: no listener, timer, worker, media element or memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.engines import PlaywrightTab
from tests.browser.stage import Servers, Stage
from tests.streams import StreamMedia

TIMES = 200
# The first ones fill what the page keeps: styles, the engine itself, code that is compiled as it grows hot. After two
# hundred what is still added is near nothing.
WARM = 200

# Counts the timers that are running, and the addresses of blobs that are not revoked; before the page's own scripts.
COUNTING = """
  window.running = { timers: new Set(), blobs: new Set() };
  const { setTimeout: later, setInterval: often, clearTimeout: stop } = window;
  window.setTimeout = (work, ms, ...given) => {
    const id = later(() => { running.timers.delete(id); work(...given); }, ms);
    running.timers.add(id);
    return id;
  };
  window.setInterval = (work, ...given) => { const id = often(work, ...given); running.timers.add(id); return id; };
  window.clearTimeout = window.clearInterval = (id) => { running.timers.delete(id); stop(id); };
  const { createObjectURL: make, revokeObjectURL: revoke } = URL;
  URL.createObjectURL = (what) => { const url = make.call(URL, what); running.blobs.add(url); return url; };
  URL.revokeObjectURL = (url) => { running.blobs.delete(url); revoke.call(URL, url); };
"""
COME_AND_GO = """(async (times) => {
  const until = async (holds) => {
    for (let i = 0; i < 2000 && !holds(); i++) await new Promise((next) => requestAnimationFrame(next));
    if (!holds()) throw new Error(String(holds));
  };
  for (let i = 0; i < times; i++) {
    const player = document.createElement('steady-player');
    player.setAttribute('media', 'film');
    document.querySelector('article').append(player);
    await until(() => player.shadowRoot?.querySelector('button'));
    player.play().catch(() => {});
    await until(() => player.querySelector('video').currentTime > 0);
    player.remove();
    await new Promise((next) => requestAnimationFrame(next));
  }
})"""


@pytest.fixture
def stage(launch: Any, servers: Servers, streams: StreamMedia) -> Iterator[Stage]:
    servers.media.mount("streams", streams.root)
    tab = launch("chromium", autoplay="allowed").tab()
    yield Stage(servers, tab)
    tab.close()


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "source",
    [
        {"name": "tone.mp4", "type": "video/mp4"},
        {"name": "streams/hls-fmp4/master.m3u8", "type": "application/vnd.apple.mpegurl"},
        {"name": "streams/hls-fmp4/master.m3u8", "type": "application/vnd.apple.mpegurl", "engine": True},
        {"name": "streams/dash-number/manifest.mpd", "type": "application/dash+xml"},
    ],
    ids=["file", "HLS by the browser", "hls.js", "dash.js"],
)
def test_two_hundred_players_leave_nothing(stage: Stage, source: dict[str, Any]) -> None:
    assert isinstance(stage.tab, PlaywrightTab)
    stage.page.add_init_script(COUNTING)
    stage.page.set_default_timeout(600_000)
    stage.allow_engines()
    stage.backend.tell("film", {"kind": "video", "duration": 12, "sources": [stage.source(**source)]})
    stage.open("<p>A river.</p>", wait=False)
    stage.until("!!customElements.get('steady-player')")
    session = stage.page.context.new_cdp_session(stage.page)
    session.send("Performance.enable")

    def measure() -> dict[str, float]:
        stage.evaluate("(spy.heard = [], spy.phases = [])")  # the test's own notes
        for _ in range(3):
            session.send("HeapProfiler.collectGarbage")
            stage.tab.pause(0.5)
        told = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        return {
            "heap": told["JSHeapUsedSize"],
            "listeners": told["JSEventListeners"],
            "nodes": told["Nodes"],
            "timers": stage.evaluate("running.timers.size"),
            "blobs": stage.evaluate("running.blobs.size"),
            "workers": len(stage.page.workers),
        }

    stage.evaluate(f"{COME_AND_GO}({WARM})")
    before = measure()
    stage.evaluate(f"{COME_AND_GO}({TIMES})")
    # What is thrown away in a while is not left: deadlines that have not passed yet, caches of the browser's own.
    stage.eventually(lambda: all(measure()[name] <= before[name] for name in ("listeners", "timers", "nodes")), 90)
    after = measure()
    print(before, after)
    assert stage.evaluate("document.querySelectorAll('video, steady-player').length") == 0
    for name in ("listeners", "nodes", "timers", "blobs", "workers"):
        assert after[name] <= before[name], name
    assert after["heap"] < before["heap"] * 1.05
