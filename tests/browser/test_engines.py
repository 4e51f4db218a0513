"""The browsers really play: without this, a failing player could be blamed on the machine, or the reverse."""

import sys
from pathlib import Path

import pytest

from demo.origin import run_origin
from tests.browser.tab import Engine, Tab
from tests.browser.webkit_gtk import WebKitEngine
from tests.servers import ArticleServer
from tests.waiting import until

STRICT = "default-src 'none'; media-src http://127.0.0.1:*; require-trusted-types-for 'script'"


@pytest.mark.parametrize("name", ["tone.mp3", "tone.mp4", "tone.webm"])
def test_media_from_another_origin_plays_under_a_strict_policy(
    tab: Tab, article: ArticleServer, clips: Path, name: str
) -> None:
    element = "audio" if name.endswith("mp3") else "video"
    with run_origin(clips) as origin:
        tab.open(
            article.publish(
                f'<!doctype html><title>A tone</title><{element} controls preload="none" src="{origin.url(name)}">'
                f"</{element}><p><button>Play</button>",
                csp=STRICT,
            )
        )
        tab.evaluate("document.querySelector('button').onclick = () => document.querySelector('audio, video').play()")
        tab.click("button")
        tab.evaluate_until("document.querySelector('audio, video').currentTime > 0.5")
        assert tab.evaluate("document.querySelector('audio, video').duration") == pytest.approx(10, abs=0.2)
        assert tab.evaluate("document.querySelector('audio, video').error") is None


def test_sound_waits_for_a_gesture(engine: Engine, article: ArticleServer, clips: Path) -> None:
    # The page tells its server: asking the page by evaluate() would itself count as a gesture. So do, now and then, the
    # driver's own questions while Firefox opens a page; that page tells nothing, and a new tab is asked.
    script = """
      const tell = what => fetch('/' + what);
      document.querySelector('audio').play().then(() => tell('plays'), error => tell(error.name));
    """
    with run_origin(clips) as origin:
        page = article.publish(f'<audio src="{origin.url("tone.mp3")}"></audio><script>{script}</script>')
        for _ in range(4):
            article.requests.clear()
            tab = engine.tab()
            tab.open(page)
            until(lambda: bool({"/plays", "/NotAllowedError"} & {*article.requests}))
            tab.close()
            if "/NotAllowedError" in article.requests:
                break
    assert "/NotAllowedError" in article.requests


def test_clicks_and_keys_reach_into_shadow_trees(tab: Tab, article: ArticleServer) -> None:
    tab.open(article.publish("<!doctype html><title>Shadow</title><div></div>"))
    tab.evaluate("""(() => {
      const button = document.createElement('button');
      button.textContent = 'Press me';
      button.className = 'inner';
      window.seen = [];
      button.onclick = () => seen.push('click');
      button.onkeydown = event => seen.push(event.key);
      document.querySelector('div').attachShadow({ mode: 'open' }).append(button);
    })()""")
    tab.click("button.inner")
    tab.press("ArrowLeft")
    tab.press("k")
    assert tab.evaluate_until("seen.length === 3 && seen") == ["click", "ArrowLeft", "k"]


def test_a_rejected_promise_raises(tab: Tab, article: ArticleServer) -> None:
    tab.open(article.publish("<title>Nothing</title>"))
    with pytest.raises(Exception, match="no such thing"):
        tab.evaluate("Promise.reject(new Error('no such thing'))")


def test_waiting_ends(tab: Tab, article: ArticleServer) -> None:
    tab.open(article.publish("<title>Nothing</title>"))
    with pytest.raises(AssertionError, match="still False"):
        tab.evaluate_until("1 > 2", timeout=0.2)


def test_tabs_share_no_storage(engine: Engine, article: ArticleServer) -> None:
    address = article.publish("<title>Storage</title>")
    for _ in range(2):
        tab = engine.tab()
        tab.open(address)
        assert tab.evaluate("localStorage.getItem('volume')") is None
        tab.evaluate("localStorage.setItem('volume', '1')")
        tab.close()


def test_a_driver_that_never_answers_is_replaced(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not isinstance(engine, WebKitEngine):
        pytest.skip("Playwright has deadlines of its own")
    silent, once = tmp_path / "driver", tmp_path / "once"
    silent.write_text(
        f"#!{sys.executable}\nimport os, socket, sys, time\n"
        f"if os.path.exists({str(once)!r}): os.execv({str(engine._driver)!r}, sys.argv)\n"
        f"open({str(once)!r}, 'w').close()\n"
        "port = next(int(word.partition('=')[2]) for word in sys.argv if word.startswith('--port='))\n"
        "listener = socket.create_server(('127.0.0.1', port))\ntime.sleep(600)\n"
    )
    silent.chmod(0o755)
    monkeypatch.setattr("tests.browser.webkit_gtk.SESSION_SECONDS", 10)
    monkeypatch.setattr(engine, "_driver", silent)
    tab = engine.tab()
    try:
        assert tab.evaluate("1 + 1") == 2
    finally:
        tab.close()
    assert once.exists()
