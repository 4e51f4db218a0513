"""The demo's articles: the policy that they are served under, and markup that plays without any script."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from demo.newsroom import Newsroom, run_newsroom
from player import files

PLAYER, MEDIA = "https://player.example.org", "https://media.example.org"


@pytest.fixture(scope="module")
def newsroom() -> Iterator[Newsroom]:
    with run_newsroom(player=PLAYER, media=MEDIA) as running:
        yield running


def get(newsroom: Newsroom, path: str) -> tuple[str, Message]:
    with urllib.request.urlopen(f"http://127.0.0.1:{newsroom.server_address[1]}{path}", timeout=10) as answer:
        return answer.read().decode(), answer.headers


def policy(headers: Message) -> dict[str, str]:
    pairs = (directive.strip().partition(" ") for directive in headers["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in pairs}


class Page(HTMLParser):
    """Every start tag with its attributes and those around it, and the text of JSON blocks."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.data: list[str] = []
        self._in_data = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in_data = tag == "script" and dict(attrs).get("type") == "application/ld+json"

    def handle_endtag(self, tag: str) -> None:
        self._in_data = False

    def handle_data(self, data: str) -> None:
        if self._in_data:
            self.data.append(data)

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


@pytest.mark.parametrize("path", ["/", "/fa"])
def test_the_policy_allows_the_player_and_the_media_and_nothing_else(newsroom: Newsroom, path: str) -> None:
    _, headers = get(newsroom, path)
    assert policy(headers) == {
        "default-src": "'none'",
        "script-src": PLAYER,
        "connect-src": f"{PLAYER} {MEDIA}",
        "media-src": MEDIA,
        "img-src": MEDIA,
        "style-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
    }


@pytest.mark.parametrize("path", ["/?bare", "/fa?bare"])
def test_bare_there_is_no_style_at_all(newsroom: Newsroom, path: str) -> None:
    text, headers = get(newsroom, path)
    assert "style-src" not in policy(headers)
    assert not [link for link in Page(text).all("link") if link["rel"] == "stylesheet"]


@pytest.mark.parametrize(("path", "lang", "dir"), [("/", "en", "ltr"), ("/fa", "fa", "rtl")])
def test_an_article_embeds_the_player_in_both_forms(newsroom: Newsroom, path: str, lang: str, dir: str) -> None:
    text, _ = get(newsroom, path)
    page = Page(text)
    (root,) = page.all("html")
    assert (root["lang"], root["dir"]) == (lang, dir)
    scripts = [script for script in page.all("script") if "src" in script]
    assert all(script["src"] == f"{PLAYER}/embed.js" and "async" in script for script in scripts)
    assert [script.get("data-media") for script in scripts].count(None) == 1
    assert {element["media"] for element in page.all("steady-player")} <= known()
    assert {script["data-media"] for script in scripts if "data-media" in script} <= known()
    (audio,), (video,) = page.all("audio"), page.all("video")
    assert audio["preload"] == video["preload"] == "none"
    assert "controls" in audio and "controls" in video
    assert (video["width"], video["height"]) == ("640", "360")
    assert video["crossorigin"] == "anonymous"
    assert [source["type"] for source in page.all("source")] == ["video/mp4", "video/webm"]
    assert {track["srclang"] for track in page.all("track")} == {"en", "fa"}


@pytest.mark.parametrize("path", ["/", "/fa"])
def test_whatever_an_article_names_is_there(newsroom: Newsroom, path: str) -> None:
    text, _ = get(newsroom, path)
    page = Page(text)
    named = [tag[key] for key in ("src", "poster", "href", "content") for _, tag in page.tags if key in tag]
    media = [urlsplit(str(address)).path for address in named if str(address).startswith(f"{MEDIA}/")]
    assert len(media) > 8
    assert [name for name in media if not (files.demo() / "media" / name.lstrip("/")).is_file()] == []
    assert [name for name in named if str(name).startswith("$")] == []
    # What is known of the story is said to machines, too.
    about = json.loads("".join(page.data))
    assert about["@type"] == "NewsArticle"
    assert about["mainEntityOfPage"] == next(link["href"] for link in page.all("link") if link["rel"] == "canonical")


def test_nothing_is_inline_that_the_policy_would_stop(newsroom: Newsroom) -> None:
    for path in ("/", "/fa"):
        page = Page(get(newsroom, path)[0])
        assert page.all("style") == []
        assert [tag for tag, attributes in page.tags if "style" in attributes] == []
        assert [name for _, attributes in page.tags for name in attributes if name.startswith("on")] == []
        assert {script.get("type") for script in page.all("script") if "src" not in script} == {"application/ld+json"}


def test_an_unknown_page_is_a_404_under_the_same_policy(newsroom: Newsroom) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(newsroom, "/nothing")
    assert caught.value.code == 404
    assert "default-src" in policy(caught.value.headers)
    caught.value.close()


def known() -> set[str | None]:
    from demo.items import items

    return {item["id"] for item in items(media=MEDIA, article="http://localhost")}
