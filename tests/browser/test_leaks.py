"""What is taken away leaves nothing behind."""

from __future__ import annotations

from tests.browser.stage import Stage


def test_a_removed_player_is_forgotten(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.open(stage.audio("tone.ogg") + stage.video("tone.mp4"))
    stage.evaluate("void spy.player(1).play()")  # a pointer would leave handles and a hovered node behind
    stage.until_playing("tone.mp4", which=1)
    stage.evaluate("(window.left = new WeakRef(spy.player(1)), spy.player(1).remove())")
    session = stage.page.context.new_cdp_session(stage.page)

    def collected() -> bool:
        session.send("HeapProfiler.collectGarbage")
        return bool(stage.evaluate("left.deref() === undefined"))

    assert stage.eventually(collected), "something still holds it"
