"""Media of another origin play, embedded from a third, under a strict policy: in Chromium, Firefox and WebKit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask, render_template_string

from player import MediaPlayer
from player.catalogue.media import from_json
from tests.browser.stage import Stage
from tests.servers import PlayerServer, serve


@pytest.mark.parametrize("name", ["tone.mp3", "tone.mp4", "tone.webm"])
def test_it_plays_from_another_origin_under_a_strict_policy(stage: Stage, name: str) -> None:
    stage.open(stage.audio(name) if name == "tone.mp3" else stage.video(name))
    stage.play()
    stage.until_playing(name)
    stage.until("spy.player().phase === 'ready'")
    stage.until(r"spy.stir() && /^0:0[1-9] . 0:10$/.test(spy.clock())")
    stage.assert_no_violation()


def test_the_spy_sees_what_the_policy_blocks(stage: Stage) -> None:
    """Without this, no violation would prove nothing."""
    stage.open('<p style="color: red">Red</p>' + stage.audio("tone.mp3"))
    stage.until("spy.violations.some((said) => said.startsWith('style-src'))")


def test_one_script_tag_places_the_player(stage: Stage) -> None:
    sources = [stage.source("tone.mp3", type="audio/mpeg")]
    stage.backend.tell("river", {"id": "river", "kind": "audio", "duration": 228, "sources": sources})
    tag = f'<script async src="{stage.player}/embed.js" data-media="river"></script>'
    stage.open(f"<p>Before</p>{tag}<p>After</p>", script=False)
    assert stage.evaluate("spy.player().previousElementSibling.localName") == "script", "it stands where its tag stands"
    stage.until("spy.clock() === '0:00 / 3:48'")
    stage.play()
    stage.until_playing("tone.mp3")
    stage.assert_no_violation()


@pytest.mark.parametrize("form", ["one tag", "markup"])
def test_the_application_s_own_item_plays(stage: Stage, player_server: Callable[..., PlayerServer], form: str) -> None:
    item = {
        "id": "film",
        "kind": "video",
        "title": "A film",
        "duration": 10,
        "poster": stage.url("first-light.jpg"),
        "sources": [stage.source("tone.mp4", type="video/mp4"), stage.source("tone.webm", type="video/webm")],
        "tracks": [{"src": stage.url("first-light.en.vtt"), "kind": "captions", "srclang": "en", "label": "English"}],
    }
    stage.player = player_server([item]).url
    if form == "one tag":
        stage.open(f'<script async src="{stage.player}/embed.js" data-media="film"></script>', script=False)
    else:
        stage.open(stage.video("tone.mp4", media="film"))
    stage.until_text("Watch 0:10")
    stage.play()
    stage.until_playing("tone.mp4")
    stage.assert_no_violation()


@pytest.fixture
def host(stage_in_chromium: Stage, tmp_path: Path) -> Iterator[str]:
    """A site of its own that the player was added to; its front page shows the item "river" by the template helper."""
    app = Flask("host")
    app.config["PLAYER_DATABASE_URL"] = f"sqlite:///{tmp_path / 'host.db'}"
    MediaPlayer(app, url_prefix="/player")
    sources = [stage_in_chromium.source("tone.mp3", type="audio/mpeg")]
    item = {"id": "river", "kind": "audio", "title": "The river", "duration": 228, "sources": sources}
    app.extensions["steady-player"].catalogue.add(from_json(item))
    app.add_url_rule("/", "front", lambda: render_template_string('<!doctype html>{{ media_player("river") }}'))
    with serve(app) as url:
        yield url


def test_a_host_s_template_needs_no_request_before_play(stage_in_chromium: Stage, host: str) -> None:
    stage = stage_in_chromium
    asked: list[str] = []
    stage.page.on("request", lambda request: asked.append(request.url.removeprefix(host)))
    stage.tab.open(host)
    stage.until("document.querySelector('steady-player').shadowRoot?.querySelector('button')")
    assert asked == ["/", "/player/embed.js"]
    stage.play()
    stage.until("document.querySelector('audio').currentTime > 0.2")
    assert stage.evaluate("document.querySelector('audio').currentSrc") == stage.url("tone.mp3")
    assert not any("/media/" in path for path in asked if not path.startswith("http"))


def test_playback_that_began_before_the_upgrade_goes_on_through_it(stage: Stage) -> None:
    stage.open(f"<button>Begin</button>{stage.video('tone.mp4')}", script=False, wait=False)
    stage.evaluate("document.querySelector('button').onclick = () => void spy.media().play()")
    stage.tab.click("button")
    stage.until_playing("tone.mp4")
    requests = len(stage.media_requests())
    stage.evaluate(f"spy.load('{stage.player}/embed.js')")
    stage.until("spy.player() && spy.upgraded(spy.player()) && spy.player().phase === 'ready'")
    stage.until("spy.shown('.bar') && !spy.shown('.pill')")
    before = stage.evaluate("spy.media().currentTime")
    stage.until(f"spy.media().currentTime > {before} + 0.5")
    assert stage.evaluate("spy.heard.filter(({ type }) => type !== 'timeupdate').map(({ type }) => type)") == [
        "playing"
    ]
    assert [request["path"] for request in stage.media_requests()[requests:]] in ([], ["/tone.mp4"]), "no second start"
    assert stage.evaluate("spy.media().hasAttribute('controls')") is False


def test_the_first_click_is_not_lost(stage: Stage) -> None:
    """A click while the player still asks the server what it knows."""
    stage.backend.tell("slow", "silence")
    stage.open(stage.audio("tone.mp3", media="slow"))
    stage.play()
    stage.until_playing("tone.mp3")


def test_several_players_and_the_rest_of_the_page(stage: Stage) -> None:
    stage.open(stage.audio("tone.mp3") + stage.video("tone.mp4") + stage.audio("tone.ogg"))
    assert stage.evaluate("document.querySelectorAll('steady-player').length") == 3
    stage.tab.click(".pill")
    stage.until_playing("tone.mp4", which=1)
    assert stage.evaluate("[spy.media(0).paused, spy.media(2).paused]") == [True, True]


def test_one_at_a_time(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium  # with files that do not end by themselves meanwhile
    stage.open(stage.audio("river-crossing.mp3", id="one") + stage.audio("river-crossing.ogg", id="two"))
    stage.page.locator("#one .play").click()
    stage.until_playing("river-crossing.mp3", which=0)
    stage.page.locator("#two .play").click()
    stage.until_playing("river-crossing.ogg", which=1)
    stage.until("spy.media(0).paused")
    stage.page.locator("#one .play").click()
    stage.until("!spy.media(0).paused && spy.media(1).paused")


def test_what_is_muted_may_play_beside_another(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.open(stage.video("tone.mp4", id="one", muted=True) + stage.audio("tone.ogg", id="two"))
    stage.evaluate("spy.media(0).muted = true")
    stage.page.locator("#one .pill").click()
    stage.until_playing("tone.mp4", which=0)
    stage.page.locator("#two .play").click()
    stage.until_playing("tone.ogg", which=1)
    assert stage.evaluate("spy.media(0).paused") is False


def test_a_player_that_a_script_adds(stage: Stage) -> None:
    stage.open(stage.audio("tone.ogg"))
    stage.evaluate(
        f"""(() => {{
          const player = document.createElement('steady-player');
          player.setAttribute('kind', 'audio');
          player.setAttribute('src', {stage.url("tone.mp3")!r});
          document.querySelector('h1').after(player);
        }})()"""
    )
    stage.until("spy.upgraded(spy.player())")
    stage.play()
    stage.until_playing("tone.mp3")
    stage.assert_no_violation()


def test_a_player_that_is_moved_plays_on(stage: Stage) -> None:
    stage.open(f"{stage.audio('tone.mp3')}<section></section>")
    stage.play()
    stage.until_playing()
    stage.evaluate("spy.heard.length = 0")
    before = stage.evaluate("(document.querySelector('section').append(spy.player()), spy.media().currentTime)")
    stage.until(f"!spy.media().paused && spy.media().currentTime > {before} + 0.5")
    assert stage.evaluate("spy.shown('.play') && spy.player().phase") == "ready"
    assert stage.evaluate("document.querySelectorAll('audio').length") == 1


def test_a_player_that_is_removed_is_gone(stage_in_chromium: Stage, listeners: Callable[[], int]) -> None:
    stage = stage_in_chromium
    stage.open(stage.audio("tone.ogg") + stage.video("~stall=400000/first-light.mp4", id="leaving"))
    stage.page.locator("#leaving .pill").focus()
    before = listeners()
    stage.page.locator("#leaving .pill").click()
    stage.until("!spy.media(1).paused")
    stage.until("spy.player(1).phase === 'ready'")
    stage.evaluate("(window.left = spy.player(1), left.remove())")
    stage.until("left.querySelector('video').paused")
    assert listeners() < before, "it listens no more"
    stage.until("left.phase === 'idle'")


@pytest.fixture
def listeners(stage_in_chromium: Stage) -> Callable[[], int]:
    """How many listeners hang on the window and the document."""
    page = stage_in_chromium.page
    session = page.context.new_cdp_session(page)

    def count() -> int:
        found = 0
        for expression in ("window", "document"):
            target = session.send("Runtime.evaluate", {"expression": expression})["result"]["objectId"]
            found += len(session.send("DOMDebugger.getEventListeners", {"objectId": target})["listeners"])
        return found

    return count


def test_a_player_that_comes_back_plays_again(stage: Stage) -> None:
    stage.open(stage.audio("tone.mp3"))
    stage.play()
    stage.until_playing()
    stage.evaluate("(window.left = spy.player(), left.remove())")
    stage.until("left.querySelector('audio').paused")
    stage.evaluate("document.querySelector('article').append(left)")
    stage.until("spy.upgraded(left)")
    stage.play()
    stage.until_playing()


def test_an_older_browser_keeps_the_native_controls(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.page.add_init_script("delete window.CSSContainerRule")
    stage.open(stage.audio("tone.mp3"), wait=False)
    stage.until("document.readyState === 'complete'")
    assert stage.evaluate("spy.media().hasAttribute('controls') && !spy.player().shadowRoot") is True
    stage.evaluate("spy.media().play()")
    stage.until_playing("tone.mp3")
