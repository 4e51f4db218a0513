"""hls.js, as it comes from npm, goes where the steering manifest sends it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.engines import PlaywrightEngine
from tests.held import clip, tell
from tests.servers import ArticleServer, PlayerServer

HLS = Path(__file__).resolve().parents[2] / "node_modules" / "hls.js" / "dist" / "hls.min.js"
LIST = {"Content-Type": "application/vnd.apple.mpegurl", "Access-Control-Allow-Origin": "*"}

MASTER = """#EXTM3U
#EXT-X-CONTENT-STEERING:SERVER-URI="{steering}",PATHWAY-ID="{dead}"
#EXT-X-STREAM-INF:BANDWIDTH=800000,CODECS="avc1.42c01e,mp4a.40.2",PATHWAY-ID="{dead}"
{origin}/v.m3u8
"""
MEDIA = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\na.ts\n#EXT-X-ENDLIST\n"


@pytest.mark.slow
def test_it_leaves_a_dead_host_for_its_clone(
    chromium: PlaywrightEngine, article: ArticleServer, player_server: Callable[..., PlayerServer], built: Path
) -> None:
    there = article.url
    dead = there.replace("localhost", "127.0.0.1")
    sources = [{"src": f"{origin}/master.m3u8", "type": LIST["Content-Type"]} for origin in (dead, there)]
    server = player_server([clip("film", kind="video") | {"sources": sources}])
    tell(server.app.extensions["steady-player"].history, "film", "timeout", "playable")
    names = [origin.removeprefix("http://").replace(":", "-") for origin in (dead, there)]
    master = MASTER.format(steering=f"{server.url}/steering/film", dead=names[0], origin=dead)
    article.publish(master, path="/master.m3u8", headers=LIST)
    article.publish(MEDIA, path="/v.m3u8", headers=LIST)
    article.publish(HLS.read_text(), path="/hls.js", headers={"Content-Type": "text/javascript"})
    page = chromium.tab().page
    page.goto(article.publish("<!doctype html><script src=hls.js></script>"))
    page.evaluate("(window.hls = new Hls()).loadSource('/master.m3u8')")
    page.wait_for_function("name => hls.levels.length && hls.levels.every(one => one.pathwayId === name)", arg=names[1])
    assert page.evaluate("window.hls.levels.map(level => level.uri)") == [f"{there}/v.m3u8"]
