"""What tests of the controls do again and again."""

from __future__ import annotations

from tests.browser.stage import Stage

SNAPSHOT = """(({ currentTime, paused, muted, volume, playbackRate, textTracks }) => JSON.stringify([
  currentTime, paused, muted, volume, playbackRate, [...textTracks].map(({ mode }) => mode),
  !!document.fullscreenElement,
]))(spy.media())"""
SHOWN_TRACKS = "[...spy.media().textTracks].filter(({ mode }) => mode === 'showing').map(({ language }) => language)"
FOCUSED = "spy.player().shadowRoot.activeElement?.className"


def film(stage: Stage) -> str:
    """84 seconds with captions in two languages."""
    tracks = "".join(
        f'<track kind="{kind}" srclang="{lang}" label="{label}" src="{stage.url(f"first-light.{lang}.vtt")}">'
        for kind, lang, label in [("captions", "en", "English"), ("subtitles", "fa", "Persian")]
    )
    return (
        '<steady-player><video controls preload="none" width="640" height="360" crossorigin="anonymous">'
        f'<source src="{stage.url("first-light.mp4")}">{tracks}</video></steady-player>'
    )


def open_paused(stage: Stage, body: str) -> None:
    """Played a little, then paused at the beginning, with all its controls."""
    stage.open(body)
    stage.play()
    stage.until_playing()
    stage.evaluate("(spy.player().pause(), spy.media().currentTime = 0)")
    stage.until("spy.find('.tip') && !spy.media().seeking && spy.media().paused && spy.media().readyState > 2")


def focus(stage: Stage, selector: str) -> None:
    stage.page.locator(selector).first.focus()


def press(stage: Stage, *keys: str) -> None:
    for key in keys:
        stage.page.keyboard.press(key)


def until_time(stage: Stage, seconds: float, give: float = 0.3) -> None:
    stage.until(f"Math.abs(spy.media().currentTime - {seconds}) < {give}")
