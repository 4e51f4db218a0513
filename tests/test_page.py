"""The iframe page and oEmbed."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from player.monitor.history import History
from tests.elements import Elements
from tests.fetch import fetch
from tests.held import clip, tell
from tests.servers import PlayerServer

Start = Callable[..., PlayerServer]
FILM: dict[str, Any] = {
    **clip("film", kind="video", lang="fr", title='Le "film"', page="https://news.example.org/film"),
    "sources": [{"src": "https://cdn.example.org/f.mp4", "type": "video/mp4", "width": 1920, "height": 1080}],
}


def test_the_page_is_the_player_and_nothing_else(player_server: Start) -> None:
    url = player_server([FILM]).url
    answer = fetch(f"{url}/embed/film")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    page = Elements(answer.text)
    assert page.one("html") == {"lang": "fr"}
    assert page.one("steady-player") == {"media": "film", "kind": "video"}
    assert page.one("source")["src"] == "https://cdn.example.org/f.mp4"
    assert page.all("script")[-1] == {"async": None, "src": "/embed.js"}
    links = {link["rel"]: link["href"] for link in page.all("link")}
    assert links["canonical"] == "https://news.example.org/film"
    assert fetch(str(links["alternate"])).json["title"] == 'Le "film"'


def test_the_page_may_be_framed_and_runs_only_our_script(player_server: Start) -> None:
    answer = fetch(player_server([FILM]).url + "/embed/film")
    rules = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"].split()[0] == "'self'"
    assert rules["frame-ancestors"] == "*"
    assert rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["require-trusted-types-for"] == "'script'"
    assert "http:" not in rules["media-src"].split()
    assert "unsafe" not in answer.headers["content-security-policy"]
    found = re.search("<style>(.*)</style>", answer.text, re.DOTALL)
    assert found
    digest = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
    assert rules["style-src"] == f"'sha256-{digest}'"
    assert "x-frame-options" not in answer.headers


def test_the_page_takes_options(player_server: Start) -> None:
    url = player_server([FILM]).url
    page = Elements(fetch(f"{url}/embed/film?lang=fa&start=1:23&autoplay=1&muted&loop=0").text)
    assert page.one("html") == {"lang": "fa"}
    assert page.one("steady-player") == {
        "media": "film",
        "kind": "video",
        "lang": "fa",
        "start": "1:23",
        "autoplay": None,
        "muted": None,
    }


@pytest.mark.parametrize(
    ("query", "parameter"), [("lang=%3Cb%3E", "lang"), ("start=soon", "start"), ("autoplay=yes", "autoplay")]
)
def test_a_bad_option_is_named(player_server: Start, query: str, parameter: str) -> None:
    answer = fetch(player_server([FILM]).url + f"/embed/film?{query}")
    assert (answer.status, answer.json["parameter"]) == (400, parameter)


def test_the_page_is_cached_for_minutes_and_no_longer(player_server: Start) -> None:
    """An older copy served past its time would play what was taken down meanwhile."""
    server = player_server([FILM])
    answer = fetch(f"{server.url}/embed/film")
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert fetch(f"{server.url}/embed/film", if_none_match=answer.headers["etag"]).status == 304
    held: History = server.app.extensions["steady-player"].history
    tell(held, "film", "not-found")
    assert fetch(f"{server.url}/embed/film", if_none_match=answer.headers["etag"]).status == 200


def test_no_page_for_what_is_not_there(player_server: Start) -> None:
    url = player_server([FILM, clip("gone", removed=True)]).url
    assert fetch(f"{url}/embed/nope").status == 404
    assert fetch(f"{url}/embed/gone").status == 410


def test_oembed_describes_a_video(player_server: Start) -> None:
    url = player_server([FILM]).url
    answer = fetch(f"{url}/oembed?url={quote(f'{url}/embed/film')}")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    told = answer.json
    frame = Elements(told.pop("html")).one("iframe")
    assert told == {
        "type": "video",
        "version": "1.0",
        "title": 'Le "film"',
        "provider_name": "Steady Player",
        "provider_url": f"{url}/",
        "cache_age": 300,
        "width": 1920,
        "height": 1080,
    }
    assert (frame["src"], frame["width"], frame["height"]) == (f"{url}/embed/film", "1920", "1080")
    assert frame["title"] == 'Le "film"'
    assert "allowfullscreen" in frame


@pytest.mark.parametrize(
    ("bounds", "size"),
    [("maxwidth=640", (640, 360)), ("maxheight=90", (160, 90)), ("maxwidth=100&maxheight=9000", (100, 56))],
)
def test_oembed_keeps_to_the_bounds_and_to_the_shape(player_server: Start, bounds: str, size: tuple[int, int]) -> None:
    url = player_server([FILM]).url
    told = fetch(f"{url}/oembed?url={url}/embed/film&{bounds}").json
    assert (told["width"], told["height"]) == size
    assert f'width="{size[0]}" height="{size[1]}"' in told["html"]


def test_oembed_of_audio_is_rich_and_flat(player_server: Start) -> None:
    url = player_server([clip("song")]).url
    told = fetch(f"{url}/oembed?url={url}/media/song&maxwidth=320").json
    assert (told["type"], told["width"], told["height"]) == ("rich", 320, 54)


@pytest.mark.parametrize(
    ("query", "status", "parameter"),
    [
        ("", 400, "url"),
        ("url={url}/embed/film&format=xml", 501, "format"),
        ("url={url}/embed/film&maxwidth=0", 400, "maxwidth"),
        ("url=https://elsewhere.example/embed/film", 404, "url"),
        ("url={url}/dashboard", 404, "url"),
        ("url={url}/embed/film/more", 404, "url"),
        ("url=nonsense", 404, "url"),
        ("url=http://[", 404, "url"),
    ],
)
def test_oembed_refuses_what_it_cannot_do(player_server: Start, query: str, status: int, parameter: str) -> None:
    url = player_server([FILM]).url
    answer = fetch(f"{url}/oembed?{query.format(url=url)}")
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json["parameter"] == parameter


def test_oembed_knows_no_item_that_is_not_there(player_server: Start) -> None:
    url = player_server([clip("gone", removed=True)]).url
    assert fetch(f"{url}/oembed?url={url}/embed/nope").status == 404
    assert fetch(f"{url}/oembed?url={url}/embed/gone").status == 410
