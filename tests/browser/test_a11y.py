"""What a screen reader is given, from Chromium's accessibility tree; and that every control is reached by keyboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.browser.stage import Stage

DEAD_END = "No media source currently available"
# Roles that mean nothing without a name.
NAMED = {"button", "slider", "link", "radio", "group", "radiogroup", "region", "checkbox", "menuitem", "img"}
ISOLATES = str.maketrans("", "", "\u2066\u2067\u2068\u2069")
FOCUSED = """((at) => {
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at && at !== document.body ? at.className || at.localName : null;
})(document.activeElement)"""


@dataclass(frozen=True, slots=True)
class Node:
    role: str
    name: str
    value: str
    properties: dict[str, Any]
    text: str  # of all that is inside


def tree(stage: Stage) -> list[Node]:
    """All that the page tells assistive technology, in order."""
    session = stage.page.context.new_cdp_session(stage.page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    by_id = {node["nodeId"]: node for node in nodes}

    def said(node: dict[str, Any], key: str) -> str:
        return str(node.get(key, {}).get("value", "")).translate(ISOLATES)

    def text(node: dict[str, Any]) -> str:
        if said(node, "role") == "StaticText":
            return said(node, "name")
        inside = [by_id[child] for child in node.get("childIds", []) if child in by_id]
        return " ".join(filter(None, map(text, inside)))

    return [
        Node(
            said(node, "role"),
            said(node, "name"),
            said(node, "value"),
            {item["name"]: item["value"].get("value") for item in node.get("properties", [])},
            text(node),
        )
        for node in nodes
        if not node.get("ignored")
    ]


def all_of(stage: Stage, role: str) -> list[Node]:
    return [node for node in tree(stage) if node.role == role]


def names(stage: Stage, role: str) -> list[str]:
    return [node.name for node in all_of(stage, role)]


def assert_all_is_named(stage: Stage) -> None:
    told = tree(stage)
    assert [node for node in told if node.role in NAMED and not node.name.strip()] == []
    # Nothing that takes the focus is without a role; a film itself may be seen as one thing.
    focusable = [node for node in told if node.properties.get("focusable") and node.role in ("generic", "none")]
    assert focusable == []


def film(stage: Stage) -> str:
    track = f'<track kind="captions" srclang="en" label="English" src="{stage.url("first-light.en.vtt")}">'
    return (
        '<steady-player><video controls preload="none" width="640" height="360" crossorigin="anonymous">'
        f'<source src="{stage.url("first-light.mp4")}">{track}</video></steady-player>'
    )


def tell(stage: Stage, kind: str, **manifest: Any) -> None:
    source = stage.source("river-crossing.mp3" if kind == "audio" else "first-light.mp4")
    stage.backend.tell("river", {"id": "river", "kind": kind, "duration": 228, "sources": [source], **manifest})


@pytest.mark.parametrize(
    ("kind", "region", "play"), [("audio", "Audio player", "Play"), ("video", "Video player", "Watch 3:48")]
)
def test_before_play(stage_in_chromium: Stage, kind: str, region: str, play: str) -> None:
    stage = stage_in_chromium
    tell(stage, kind)
    stage.open(stage.audio(media="river") if kind == "audio" else stage.video(media="river"))
    stage.until_text("3:48")
    assert names(stage, "region") == [region]
    assert play in names(stage, "button")
    assert_all_is_named(stage)


def test_the_play_button_says_what_it_does(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.open(stage.audio("river-crossing.mp3"))
    assert "Play" in names(stage, "button")
    stage.play()
    stage.until_playing()
    assert "Pause" in names(stage, "button")
    assert "Play" not in names(stage, "button")
    stage.play()
    stage.until("spy.media().paused && spy.find('.play').ariaLabel === 'Play'")
    assert "Play" in names(stage, "button")


def test_sliders_have_words_for_values(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    tell(stage, "audio")
    stage.open(stage.audio("river-crossing.mp3", media="river", start="1:05"))
    stage.page.locator(".mute").focus()
    stage.until("spy.find('.timeline').ariaValueText.includes('minute')")
    sliders = {slider.name: slider for slider in all_of(stage, "slider")}
    assert set(sliders) == {"Timeline", "Volume"}
    assert [sliders["Timeline"].value, sliders["Timeline"].properties["valuemax"]] == ["65", 228]
    # Chromium's tree leaves the words out; what reads the page aloud takes them from here.
    said = "['.timeline', '.volume'].map((slider) => spy.find(slider).ariaValueText)"
    assert stage.evaluate(said) == ["1 minute 5 seconds of 3 minutes 48 seconds", "100%"]


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_a_dead_end_is_said_in_a_status(stage_in_chromium: Stage, kind: str) -> None:
    stage = stage_in_chromium
    transcript = stage.url("river-crossing.html")
    tell(stage, kind, sources=[stage.dead("gone.mp3", "timeout", anyway=True)], transcript=transcript)
    stage.open(stage.audio("gone.mp3", media="river") if kind == "audio" else stage.video("gone.mp3", media="river"))
    stage.until_text("The server did not answer.")
    (status,) = all_of(stage, "status")
    assert DEAD_END in status.text
    assert "The server did not answer." in status.text
    assert status.properties["live"] == "polite"
    if kind == "audio":
        stage.page.get_by_role("button", name="More").click()
    assert {"Try again", "Try anyway"} <= set(names(stage, "button"))
    assert names(stage, "link") == ["Read the transcript"]
    assert_all_is_named(stage)


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_nothing_is_without_a_name(stage_in_chromium: Stage, kind: str) -> None:
    stage = stage_in_chromium
    stage.open(stage.audio("river-crossing.mp3") if kind == "audio" else film(stage))
    stage.play()
    stage.until_playing()
    assert_all_is_named(stage)
    stage.page.locator(".more").click()
    stage.until("spy.shown('.menu')")
    assert_all_is_named(stage)
    found = names(stage, "radio")
    assert [name for name in found if name.endswith("×")] == [
        "0.5×", "0.75×", "1×", "1.25×", "1.5×", "1.75×", "2×",
    ]  # fmt: skip
    groups = {node.name for node in tree(stage) if node.role in ("group", "radiogroup")}
    assert "Speed" in groups
    if kind == "video":
        assert {"Off", "English"} <= set(found)
        assert "Captions" in groups
    (chosen,) = [
        node.name for node in all_of(stage, "radio") if node.properties.get("checked") == "true" and "×" in node.name
    ]
    assert chosen == "1×"
    assert any(name.startswith("Download · M") for name in names(stage, "link"))
    (more,) = [node for node in all_of(stage, "button") if node.name == "More"]
    assert more.properties["expanded"] is True


def walk(stage: Stage, limit: int = 25) -> list[str]:
    """The parts that Tab comes by, from the button before the player to the one after it."""
    stage.page.get_by_role("button", name="Before").focus()
    found: list[str] = []
    while len(found) < limit:
        stage.page.keyboard.press("Tab")
        at = stage.evaluate(FOCUSED)
        if stage.evaluate("document.activeElement.textContent") == "After":
            return found
        found.append(at)
    raise AssertionError(f"the focus does not come out again: {found}")


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_every_control_is_reached_by_tab(stage_in_chromium: Stage, kind: str) -> None:
    stage = stage_in_chromium
    player = stage.audio("river-crossing.mp3") if kind == "audio" else film(stage)
    stage.open(f"<button>Before</button>{player}<button>After</button>")
    if kind == "video":
        assert walk(stage) == ["pill"]
    stage.play()
    stage.until_playing()
    stage.evaluate("spy.player().pause()")
    stage.until("spy.find('.tip')")
    expected = {
        "audio": ["play", "timeline slider", "mute", "volume slider", "more"],
        "video": ["timeline slider", "play", "mute", "volume slider", "quick", "more", "full"],
    }[kind]
    assert walk(stage) == expected
    assert set(stage.evaluate("[...spy.player().shadowRoot.querySelectorAll('button, [tabindex]')]"
                              ".filter((part) => part.getClientRects().length).map((part) => part.className)")
               ) <= set(expected)  # fmt: skip


def test_every_control_of_the_menu_is_reached_by_tab(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.open(f"{film(stage)}<button>After</button>")
    stage.play()
    stage.until_playing()
    stage.page.locator(".more").click()
    stage.until("spy.shown('.menu')")
    reached, kinds = set(), set()
    for _ in range(12):
        kinds.add(stage.evaluate("(spy.player().shadowRoot.activeElement ?? document.body).localName"))
        reached.add(stage.evaluate("spy.player().shadowRoot.activeElement?.name"))
        stage.page.keyboard.press("Tab")
    groups = set(stage.evaluate("[...spy.player().shadowRoot.querySelectorAll('.menu input')].map(({ name }) => name)"))
    assert len(groups) == 2
    assert groups <= reached, "each group of choices is one stop"
    assert {"input", "a", "button"} <= kinds


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_the_focus_is_seen(stage_in_chromium: Stage, kind: str) -> None:
    stage = stage_in_chromium
    player = stage.audio("river-crossing.mp3") if kind == "audio" else film(stage)
    stage.open(f"<button>Before</button>{player}<button>After</button>")
    stage.play()
    stage.until_playing()
    stage.page.get_by_role("button", name="Before").focus()
    for _ in range(4):
        stage.page.keyboard.press("Tab")
        outline = stage.evaluate("getComputedStyle(spy.player().shadowRoot.activeElement).outlineStyle")
        assert outline == "solid", stage.evaluate(FOCUSED)


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_targets_are_24_pixels(stage_in_chromium: Stage, kind: str) -> None:
    """WCAG 2.2, 2.5.8."""
    stage = stage_in_chromium
    stage.open(stage.audio("river-crossing.mp3") if kind == "audio" else film(stage))
    stage.play()
    stage.until_playing()
    stage.page.locator(".more").click()
    stage.until("spy.shown('.menu')")
    sizes = stage.evaluate(
        """[...spy.player().shadowRoot.querySelectorAll('button, a, label')]
          .filter((part) => part.getClientRects().length)
          .map((part) => [part.className, part.offsetWidth, part.offsetHeight])"""
    )
    assert len(sizes) > 10
    assert [size for size in sizes if min(size[1:]) < 24] == []


def test_a_persian_player_is_told_in_persian(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.open(stage.audio("river-crossing.mp3"), lang="fa", direction="rtl")
    stage.until("spy.find('.play').ariaLabel")
    assert_all_is_named(stage)
    assert not [name for role in ("region", "button", "slider") for name in names(stage, role) if name.isascii()]
    assert stage.evaluate("spy.find('[role=region]').lang") == "fa"
