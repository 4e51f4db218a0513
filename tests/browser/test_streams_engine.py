"""What an engine brings: qualities, audio tracks and subtitles as the same facts, from the same position on."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Route

from demo.live import Live
from demo.streams import prepare
from tests.browser.backend import built
from tests.browser.stage import Servers, Stage
from tests.streams import StreamMedia

TYPES = {"m3u8": "application/vnd.apple.mpegurl", "mpd": "application/dash+xml"}
SESSION = "Object.values(spy.player()).find((part) => part?.send && part.phase)"
FACTS = f"{SESSION}.engine?.facts()"


@pytest.fixture(scope="module", autouse=True)
def media(servers: Servers, streams: StreamMedia) -> None:
    servers.media.mount("streams", streams.root)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return prepare(tmp_path_factory.mktemp("films"), seconds=12, segment=1.0).films


def play(stage: Stage, *names: str, **page: Any) -> None:
    stage.allow_engines()
    stage.open(stage.video(*names, **page))
    stage.play()
    stage.until_playing()


def request(stage: Stage, what: str, value: Any = None) -> None:
    """As the menus ask."""
    chunk = f"{stage.player}/assets/{json.loads((built() / 'build.json').read_text())['hash']}/streams.js"
    stage.evaluate(f"import('{chunk}').then((streams) => streams.request({SESSION}, '{what}', {json.dumps(value)}))")


def engines_fetched(stage: Stage) -> list[str]:
    return [path.rsplit("/engine-", 1)[1] for path in stage.backend.requests if "/engine-" in path]


@pytest.mark.parametrize("name", ["hls-fmp4/master.m3u8", "dash-number/manifest.mpd"])
def test_qualities_are_the_same_facts_whichever_engine_plays(stage: Stage, name: str) -> None:
    play(stage, f"streams/{name}")
    request(stage, "renditions")
    facts = stage.evaluate(FACTS)
    assert [(one["id"], one["width"], one["height"]) for one in facts["renditions"]] == [(0, 160, 90), (1, 640, 360)]
    low, high = (one["bitrate"] for one in facts["renditions"])
    assert 10_000 < low < high < 600_000
    assert all(one["codecs"].startswith("avc1") and not one["audio"] for one in facts["renditions"])
    assert facts["auto"] is True
    assert facts["more"] is False
    for id_ in (0, 1, 0):
        request(stage, "rendition", id_)
        stage.until(f"{FACTS}.rendition === {id_} && !{FACTS}.auto")
    if "hls" in name:  # dash.js plays what it has of the greater one first
        stage.until("spy.media().videoWidth === 160")
    request(stage, "rendition", None)
    assert stage.evaluate(FACTS)["auto"] is True
    stage.assert_no_violation()


def test_audio_tracks_can_be_told_apart_and_changed(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    play(stage, "streams/hls-audio/master.m3u8")
    assert engines_fetched(stage) == []
    request(stage, "renditions")
    audio = stage.evaluate(FACTS)["audio"]
    assert [(one["id"], one["lang"], one["role"]) for one in audio] == [(0, "en", "main"), (1, "fa", "main")]
    assert len({one["label"] for one in audio}) == 2
    request(stage, "audioTrack", 1)
    stage.until(f"{FACTS}.audioTrack === 1")
    # Whichever segment it is by then.
    heard = re.compile(r"sound-fa/\d+\.m4s$")
    assert stage.eventually(lambda: any(heard.search(entry["path"]) for entry in stage.media_requests()))
    assert engines_fetched(stage) == ["hls.js"]


def test_subtitles_stand_among_the_text_tracks(stage: Stage) -> None:
    play(stage, "streams/hls-subs/master.m3u8")
    request(stage, "renditions")
    tracks = "[...spy.media().textTracks]"
    stage.until(f"{tracks}.length === 2")
    assert stage.evaluate(f"{tracks}.map(({{kind, language, mode}}) => kind + language + mode)") == [
        "subtitlesendisabled",
        "subtitlesfadisabled",
    ]
    assert not stage.media_requests(".vtt"), "nobody reads them yet"
    stage.evaluate(f"({tracks}[1].mode = 'showing')")
    stage.until(f"{tracks}[1].cues?.length > 0")
    assert not stage.media_requests("text-en/0.vtt")
    cues = f"[...{tracks}[1].cues].map(({{startTime, text}}) => startTime + text)"
    assert stage.evaluate(f"new Set({cues}).size === {cues}.length"), "none comes twice"
    stage.assert_no_violation()


@pytest.mark.parametrize("paused", [False, True], ids=["playing", "paused"])
def test_an_engine_comes_in_where_the_browser_was(stage_in_chromium: Stage, paused: bool) -> None:
    stage = stage_in_chromium
    track = f'<track kind="captions" srclang="en" label="English" src="{stage.url("first-light.en.vtt")}">'
    play(stage, "streams/hls-fmp4/master.m3u8", inside=track, crossorigin="anonymous")
    assert engines_fetched(stage) == []
    stage.evaluate(
        "(m => { m.volume = 0.25; m.playbackRate = 1.5; m.textTracks[0].mode = 'showing'; m.currentTime = 5; })"
        "(spy.media())"
    )
    stage.until("!spy.media().seeking && spy.media().currentTime > 5")
    if paused:
        stage.evaluate("spy.player().pause()")
    before = stage.evaluate("spy.media().currentTime")
    stage.evaluate("(spy.heard.length = 0)")
    request(stage, "renditions")
    stage.until(
        "spy.media().currentSrc.startsWith('blob:') && spy.player().phase === 'ready' && spy.media().readyState > 2"
    )
    assert stage.evaluate("spy.media().paused") is paused
    if not paused:
        stage.until(f"spy.media().currentTime > {before} + 0.3")
    heard = [one["time"] for one in stage.evaluate("spy.heard") if one["src"].startswith("blob:") and one["time"]]
    assert all(time > before - 0.2 for time in heard), "never back to the beginning"
    assert abs(stage.evaluate("spy.media().currentTime") - before) < (0.2 if paused else 5)
    shown = stage.evaluate("(m => [m.volume, m.playbackRate, m.textTracks[0].mode])(spy.media())")
    assert shown == [0.25, 1.5, "showing"]
    assert len(stage.evaluate(FACTS)["renditions"]) == 2


def test_a_playlist_that_is_not_there_is_left_without_waiting_for_the_engine(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.allow_engines()
    stage.open(stage.video("~404/streams/dash-number/none.m3u8"))
    stage.play()
    stage.until("spy.player().phase === 'failed'")
    assert stage.evaluate(f"{SESSION}.engine === undefined")


@pytest.mark.parametrize(("fault", "reason"), [("404", "not-found"), ("410", "gone"), ("html", "html")])
def test_what_is_wrong_with_a_playlist_is_a_reason(launch: Any, servers: Servers, fault: str, reason: str) -> None:
    tab = launch("firefox").tab()
    stage = Stage(servers, tab)
    stage.allow_engines()
    stage.open(stage.video(f"~{fault}/streams/hls-ts/index.m3u8"))
    stage.play()
    stage.until("spy.player().phase === 'failed'")
    assert stage.evaluate("spy.player().reason") == reason
    tab.close()


def test_what_the_server_knows_of_a_stream_saves_a_download(launch: Any, servers: Servers) -> None:
    tab = launch("firefox").tab()
    stage = Stage(servers, tab)
    stage.allow_engines()
    source = stage.source("streams/hls-audio/master.m3u8", type="application/vnd.apple.mpegurl", needs=["audio"])
    stage.backend.tell("film", {"kind": "video", "sources": [source]})
    stage.open('<steady-player media="film"><video controls preload="none"></video></steady-player>')
    stage.play()
    stage.until_playing()
    assert engines_fetched(stage) == ["hls.js"]
    tab.close()


@pytest.mark.parametrize("name", ["hls-fmp4/master.m3u8", "dash-number/manifest.mpd"])
def test_what_a_stream_begins_with_comes_beside_its_engine(
    stage_in_chromium: Stage, streams: StreamMedia, name: str
) -> None:
    """The first segment is there when the engine is, of the rendition that it begins with; nothing comes twice."""
    stage = stage_in_chromium
    held: list[Route] = []
    stage.page.route("**/engine-*.js", lambda route: held.append(route))
    source = stage.source(f"streams/{name}", type=TYPES[name.rsplit(".", 1)[1]], engine=True)
    stage.backend.tell("film", {"kind": "video", "duration": 12, "sources": [source]})
    stage.allow_engines()
    stage.open('<steady-player media="film"><video controls preload="none"></video></steady-player>')
    folder = name.split("/")[0]
    assert stage.media_requests() == [], "nothing before the reader means to play"
    stage.play()
    segment = "0.m4s" if "hls" in name else "1.m4s"
    begun = stage.eventually(lambda: bool(stage.media_requests(f"/{segment}")))
    assert begun, "not before the engine"
    for route in held:
        route.continue_()
    stage.until_playing()
    asked = [entry["path"] for entry in stage.media_requests() if folder in entry["path"]]
    first = [path for path in asked if re.search(rf"\.m3u8|\.mpd|init|/{segment}$", path)]
    assert len(first) == len(set(first)), asked
    stage.assert_no_violation()


def test_the_engine_does_not_wait_for_what_puts_it_to_work(stage_in_chromium: Stage) -> None:
    """The manifest says which it will be; one after the other they would cost a round trip more."""
    stage = stage_in_chromium
    held: list[Route] = []
    stage.page.route("**/streams.js", lambda route: held.append(route))
    source = stage.source("streams/dash-number/manifest.mpd", type=TYPES["mpd"], by="engine-dash.js")
    stage.backend.tell("film", {"kind": "video", "duration": 12, "sources": [source]})
    stage.allow_engines()
    stage.open('<steady-player media="film"><video controls preload="none"></video></steady-player>')
    assert engines_fetched(stage) == [], "nothing before the reader means to play"
    stage.play()
    assert stage.eventually(lambda: bool(held and engines_fetched(stage)))
    for route in held:
        route.continue_()
    stage.until_playing()
    assert engines_fetched(stage) == ["dash.js"]
    stage.assert_no_violation()


def test_a_finger_that_is_down_on_play_is_enough(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    source = stage.source("streams/dash-number/manifest.mpd", type=TYPES["mpd"], by="engine-dash.js")
    stage.backend.tell("film", {"kind": "video", "duration": 12, "sources": [source]})
    stage.allow_engines()
    stage.open('<steady-player media="film"><video controls preload="none"></video></steady-player>')
    pill = stage.page.locator(".pill")
    pill.hover()
    stage.until("!!spy.player().more")
    assert engines_fetched(stage) == [], "who looks does not mean to play yet"
    stage.page.mouse.down()
    assert stage.eventually(lambda: engines_fetched(stage) == ["dash.js"])
    assert stage.evaluate("spy.player().phase") == "idle"
    stage.page.mouse.up()
    stage.until_playing()
    assert engines_fetched(stage) == ["dash.js"]


def test_nobody_else_is_asked_what_time_it_is(stage_in_chromium: Stage, streams: StreamMedia, films: Any) -> None:
    """dash.js would ask a server of its authors' choice, where a live manifest names no clock."""
    stage = stage_in_chromium
    stage.media.mount("live", Live(films, segment=1.0, window=10.0))
    asked: list[str] = []
    stage.page.on("request", lambda request: asked.append(request.url))

    def without_clock(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=re.sub(r"<UTCTiming[^>]*/>", "", answer.text()))

    stage.page.route("**/manifest.mpd", without_clock)
    play(stage, "live/manifest.mpd")
    hosts = {urlsplit(url).hostname for url in asked if not url.startswith(("blob:", "data:"))}
    assert hosts <= {"127.0.0.1", "localhost"}, hosts
    stage.assert_no_violation()


def test_a_phone_that_has_managed_media_alone(stage_in_chromium: Stage, streams: StreamMedia) -> None:
    """As on an iPhone of iOS 17.1 and later (Media Source Extensions 2): no MediaSource, and no remote playback."""
    stage = stage_in_chromium
    stage.page.add_init_script(
        "Object.defineProperty(MediaSource.prototype, 'streaming', { get: () => true });"
        "window.ManagedMediaSource = MediaSource; window.ManagedSourceBuffer = SourceBuffer; delete window.MediaSource;"
    )
    source = stage.source("streams/hls-fmp4/master.m3u8", type=TYPES["m3u8"], engine=True)
    stage.backend.tell("film", {"kind": "video", "duration": 12, "sources": [source]})
    stage.allow_engines()
    stage.open('<steady-player media="film"><video controls preload="none"></video></steady-player>')
    stage.play()
    stage.until_playing()
    assert engines_fetched(stage) == ["hls-light.js"]
    assert stage.evaluate("spy.media().disableRemotePlayback && spy.media().currentSrc.startsWith('blob:')") is True


def test_a_stream_that_is_taken_away_and_put_back_goes_on(stage_in_chromium: Stage) -> None:
    """What is gone fetches nothing more; what comes back knows its place."""
    stage = stage_in_chromium
    play(stage, "streams/hls-fmp4/master.m3u8")
    stage.evaluate("(spy.player().currentTime = 6)")
    stage.until("spy.media().currentTime > 6.2")
    stage.evaluate("(window.kept = spy.player(), kept.remove())")
    stage.until("kept.querySelector('video').readyState === 0")
    stage.evaluate("document.querySelector('article').append(kept)")
    stage.until("spy.upgraded(spy.player())")
    stage.play()
    stage.until("!spy.media().paused && spy.media().currentTime > 6.3")
