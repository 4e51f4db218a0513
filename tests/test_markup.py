"""The template helper: what it writes, and what it refuses to write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template_string
from hypothesis import given
from hypothesis import strategies as st

from player import MediaPlayer
from player.catalogue.media import from_json
from player.web.markup import inline_json
from player.web.service import Service
from tests.elements import Elements
from tests.held import clip, tell

ORIGIN = "https://cdn.example.org"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = Flask("host")
    app.config["PLAYER_DATABASE_URL"] = f"sqlite:///{tmp_path / 'host.db'}"
    MediaPlayer(app, url_prefix="/player")
    with app.test_request_context():
        yield app


def service(app: Flask) -> Service:
    found: Service = app.extensions["steady-player"]
    return found


def add(app: Flask, item: dict[str, Any], *reasons: str | None) -> None:
    service(app).catalogue.add(from_json(item))
    if reasons:
        tell(service(app).history, item["id"], *reasons)


def render(template: str, **values: Any) -> Elements:
    return Elements(render_template_string(template, **values))


def test_writes_a_native_element_that_works_without_javascript(app: Flask) -> None:
    tracks = [{"src": f"{ORIGIN}/en.vtt", "srclang": "en", "label": "English", "default": True}]
    add(app, clip("one", "a.mp3", "b.mp3", tracks=tracks), "playable", "playable")
    page = render('{{ media_player("one") }}')
    assert [tag for tag, _ in page.found] == ["steady-player", "audio", "source", "source", "track", "script", "script"]
    assert page.one("steady-player") == {"media": "one", "kind": "audio"}
    assert page.one("audio") == {"controls": None, "preload": "none"}
    assert page.all("source")[0] == {"src": f"{ORIGIN}/a.mp3", "type": "audio/mpeg"}
    assert page.one("track") == {
        "src": f"{ORIGIN}/en.vtt",
        "kind": "captions",
        "srclang": "en",
        "label": "English",
        "default": None,
    }
    assert page.all("script")[1] == {"async": None, "src": "/player/embed.js"}
    assert page.text == [], "the player's strings have no place in the article's text"


def test_markup_names_the_tracks_that_html_knows_and_the_manifest_all(app: Flask) -> None:
    kinds = ["chapters", "thumbnails", "waveform"]
    tracks = [{"src": f"{ORIGIN}/{kind}", "kind": kind} for kind in kinds]
    add(app, clip("one", "a.mp3", tracks=tracks), "playable")
    page = render('{{ media_player("one") }}')
    assert [track["kind"] for track in page.all("track")] == ["chapters"]
    assert [track["kind"] for track in json.loads(page.data)["tracks"]] == kinds


def test_a_video_reserves_its_space(app: Flask) -> None:
    item = clip("film", "a.mp4", "b.mp4", kind="video", poster=f"{ORIGIN}/p.jpg")
    item["sources"][1] |= {"width": 640, "height": 360}
    add(app, item)
    assert render('{{ media_player("film") }}').one("video") == {
        "controls": None,
        "preload": "none",
        "playsinline": None,
        "poster": f"{ORIGIN}/p.jpg",
        "width": "640",
        "height": "360",
    }
    wide = render('{{ media_player("film", width=1280, height=720, poster="/own.jpg") }}').one("video")
    assert (wide["width"], wide["height"], wide["poster"]) == ("1280", "720", "/own.jpg")


def test_carries_the_manifest_so_that_nothing_is_asked_for(app: Flask) -> None:
    add(app, clip("one", "a.mp3", "b.mp3"), "playable", "not-found")
    page = render('{{ media_player("one") }}')
    assert page.all("script")[0] == {"type": "application/json"}
    told = json.loads(page.data)
    app.testing = True
    assert told == app.test_client().get("/player/media/one").get_json()
    assert [source["state"] for source in told["sources"]] == ["available", "unavailable"]


def test_a_source_known_to_be_dead_is_not_named_in_the_markup(app: Flask) -> None:
    add(app, clip("one", "a.mp3", "b.mp3", "c.mp3"), "not-found", "playable", "forbidden")
    sources = render('{{ media_player("one") }}').all("source")
    assert [source["src"] for source in sources] == [f"{ORIGIN}/b.mp3", f"{ORIGIN}/c.mp3"]


def test_when_all_are_dead_all_are_named(app: Flask) -> None:
    """Without JavaScript the browser's own attempt is all there is; the probe may be wrong about the reader's way."""
    add(app, clip("one", "a.mp3", "b.mp3"), "not-found", "dns")
    assert len(render('{{ media_player("one") }}').all("source")) == 2


@pytest.mark.parametrize(
    "facts", [{"starts_at": "2100-01-01T00:00:00Z"}, {"expires_at": "2001-01-01T00:00:00Z"}], ids=["later", "over"]
)
def test_what_is_not_out_has_no_controls_and_no_source(app: Flask, facts: dict[str, str]) -> None:
    add(app, clip("one", **facts))
    page = render('{{ media_player("one") }}')
    assert page.one("audio") == {"preload": "none"}
    assert page.all("source") == []
    assert json.loads(page.data)["sources"] == []


def test_what_was_taken_down_leaves_nothing_to_play(app: Flask) -> None:
    add(app, clip("one", removed=True))
    page = render('{{ media_player("one") }}')
    assert [tag for tag, _ in page.found] == ["steady-player", "script"]
    assert page.one("steady-player") == {"media": "one"}


def test_an_unknown_item_does_not_break_the_article(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    page = render('{{ media_player("nope", kind="video") }}')
    assert page.one("steady-player") == {"media": "nope", "kind": "video"}
    assert "nope" in caplog.text


def test_a_silent_database_does_not_break_the_article(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with service(app).engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE verdicts")
    add_plain = from_json(clip("one"))
    with service(app).engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO media (id, kind, title, live, removed) VALUES (?, 'audio', 'One', 0, 0)", (add_plain.id,)
        )
    page = render('{{ media_player("one") }}')
    assert [tag for tag, _ in page.found] == ["steady-player", "script"]
    assert "database" in caplog.text


def test_attributes_reach_the_element_and_what_concerns_it_the_native_one(app: Flask) -> None:
    add(app, clip("one"))
    page = render(
        """{{ media_player("one", lang="pt-BR", muted=True, loop=True, autoplay=False, crossorigin="anonymous",
        timecode="h:mm:ss", start="1:23", preload="metadata", class_="wide \\"x", data_section="<b>", id=None,
        aria_label="A & B") }}"""
    )
    assert page.one("steady-player") == {
        "media": "one",
        "kind": "audio",
        "lang": "pt-BR",
        "muted": None,
        "loop": None,
        "crossorigin": "anonymous",
        "timecode": "h:mm:ss",
        "start": "1:23",
        "preload": "metadata",
        "class": 'wide "x',
        "data-section": "<b>",
        "aria-label": "A & B",
    }
    assert page.one("audio") == {
        "controls": None,
        "preload": "metadata",
        "muted": None,
        "loop": None,
        "crossorigin": "anonymous",
    }


@pytest.mark.parametrize(
    "attributes",
    [
        {"lang": 'en" onload="x'},
        {"lang": "e"},
        {"kind": "radio"},
        {"muted": "yes"},
        {"start": "soon"},
        {"timecode": "hh"},
        {"poster": "javascript:alert(1)"},
        {"poster": "data:image/svg+xml,x"},
        {"width": "100%"},
        {"style": "color:red"},
        {"onclick": "x()"},
        {"sorce": "x"},
        {"media": "other"},
        {'data-x" onload="x': "1"},
    ],
)
def test_a_wrong_attribute_is_named(app: Flask, attributes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(attributes)).split('"')[0].replace("-", ".")):
        render('{{ media_player("one", **attributes) }}', attributes=attributes)


def test_the_script_takes_the_pages_nonce(app: Flask) -> None:
    add(app, clip("one"))
    script = render('{{ media_player("one", nonce="r4nd") }}').all("script")[1]
    assert script["nonce"] == "r4nd"


def test_an_evil_title_stays_text(app: Flask) -> None:
    title = "</script><script>alert(1)</script><!--<script> & ]]>"
    add(app, clip("one", title=title))
    page = render('{{ media_player("one") }}')
    assert len(page.all("script")) == 2
    assert json.loads(page.data)["title"] == title


@given(st.text() | st.sampled_from(["</script>", "<!--", "]]>", "&lt;", "\u2028\u2029"]))
def test_inline_json_means_the_same_and_holds_no_markup(text: str) -> None:
    html = str(inline_json({"x": text}))
    inside = html.removeprefix('<script type="application/json">').removesuffix("</script>")
    assert json.loads(inside) == {"x": text}
    assert not set("<>&\u2028\u2029") & set(inside)
