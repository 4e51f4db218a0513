"""`/dashboard` over HTTP: what a newsroom reads."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from player.monitor.history import History
from player.probe.reasons import REASONS
from player.web.wording import sentences
from tests.fetch import fetch
from tests.held import clip, tell
from tests.servers import PlayerServer
from tests.test_incidents import tell as tell_down

Start = Callable[..., PlayerServer]
CDN = "cdn.example.org"


@pytest.fixture
def server(player_server: Start) -> PlayerServer:
    items = [
        clip("good", title="Sounds <good> & well", lang="en"),
        clip("dead", title="گذر از رودخانه", lang="fa", page="https://news.example.org/dead"),
        clip("weak", "w1", "w2", lang="en"),
        clip("new", lang="fr"),
    ]
    return player_server([{"title": "", **item} for item in items])


@pytest.fixture
def history(server: PlayerServer) -> History:
    found: History = server.app.extensions["steady-player"].history
    now = datetime.now(UTC)
    tell(found, "good", "playable")
    tell(found, "dead", "playable", at=now - timedelta(hours=50))
    tell(found, "dead", "not-found", at=now - timedelta(hours=3))
    tell(found, "dead", "not-found")
    tell(found, "weak", "playable", "gone")
    return found


def text(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def part(html: str, name: str) -> str:
    return html.partition(f'data-live="{name}"')[2].partition("data-live=")[0]


def test_tells_what_is_dead_since_when_why_and_what_to_do(server: PlayerServer, history: History) -> None:
    answer = fetch(f"{server.url}/dashboard")
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    html = answer.text
    assert "<title>1 dead · Media health</title>" in html
    assert "1 of 4 items cannot be played" in text(html)
    now = text(part(html, "now"))
    assert "گذر از رودخانه" in now
    assert "not-found" in now
    assert sentences()["not-found"]["do"] in now
    assert "since 3 h" in now
    assert 'href="https://news.example.org/dead"' in part(html, "now")
    assert 'lang="fa"' in part(html, "now")
    assert history.incidents()


def test_titles_are_text_whatever_they_say(server: PlayerServer, history: History) -> None:
    html = fetch(f"{server.url}/dashboard").text
    assert "Sounds &lt;good&gt; &amp; well" in html
    assert "<good>" not in html
    assert history


def test_failing_items_come_first_and_can_be_searched_and_narrowed(server: PlayerServer, history: History) -> None:
    def listed(query: str) -> list[str]:
        html = part(fetch(f"{server.url}/dashboard?{query}").text, "items")
        return re.findall(r'<th scope="row"><a href="/availability/([^"]+)"', html)

    assert listed("") == ["dead", "weak", "new", "good"]
    assert listed("q=SOUNDS") == ["good"]
    assert listed("q=%25") == [], "no wildcard"
    assert listed("state=unavailable") == ["dead"]
    assert listed("language=en") == ["weak", "good"]
    assert listed(f"host={CDN}&state=unknown") == ["new"]
    assert listed("host=elsewhere.example.org") == []
    assert fetch(f"{server.url}/dashboard?state=broken").status == 400
    assert history


def test_the_strip_and_the_month_tell_the_past(server: PlayerServer, history: History) -> None:
    html = part(fetch(f"{server.url}/dashboard?q=dead").text, "items")
    assert 'class="down"' in html
    assert "94.00 %" in text(html) or "93.99 %" in text(html)
    assert 'class="down"' not in part(fetch(f"{server.url}/dashboard?q=good").text, "items")
    assert history


def test_a_dead_host_is_one_entry_that_says_who_was_hurt(player_server: Start) -> None:
    server = player_server([clip(f"item-{n}", lang=("fa", "en")[n % 2]) for n in range(20)])
    history = server.app.extensions["steady-player"].history
    tell_down(history, {f"item-{n}": ["timeout"] for n in range(20)}, {CDN: "timeout"})
    now = part(fetch(f"{server.url}/dashboard").text, "now")
    assert now.count("<li") == 1
    assert CDN in now
    assert "20 items" in text(now)
    assert "fa 10" in text(now)
    history.host_back(CDN, datetime.now(UTC))
    html = fetch(f"{server.url}/dashboard").text
    assert "No incident." in text(part(html, "now"))
    assert CDN in part(html, "ended")


def test_nothing_but_our_own_script_and_style_may_run(server: PlayerServer) -> None:
    answer = fetch(f"{server.url}/dashboard")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy
    assert not re.search(r"\son\w+=|\sstyle=|<style", answer.text)
    for address, kind in re.findall(r'(?:href|src)="(/dashboard/[^"]+\.(css|js)\?[^"]+)"', answer.text):
        file = fetch(server.url + address)
        assert (file.status, "immutable" in file.headers["cache-control"]) == (200, True), kind
    assert fetch(f"{server.url}/dashboard/other.js").status == 404


def test_an_empty_catalogue_says_what_to_do(player_server: Start) -> None:
    assert "steady-player add" in text(fetch(f"{player_server([]).url}/dashboard").text)


def test_every_reason_can_be_explained() -> None:
    assert set(REASONS) <= set(sentences())


def test_speaks_the_language_of_who_looks(server: PlayerServer, history: History) -> None:
    told = {
        lang: fetch(f"{server.url}/dashboard", accept_language=lang)
        for lang in ("de, fr-CA;q=0.8, en;q=0.5", "fa-IR", "ar", "xx", "en-GB")
    }
    found = [re.search(r'<html lang="(\w+)" dir="(\w+)">', answer.text) for answer in told.values()]
    assert [one.groups() for one in found if one] == [
        ("fr", "ltr"),
        ("fa", "rtl"),
        ("ar", "rtl"),
        ("en", "ltr"),
        ("en", "ltr"),
    ]
    assert {answer.headers["vary"] for answer in told.values()} == {"Accept-Language"}
    html = told["fa-IR"].text
    assert "۱ مورد از ۴ مورد پخش نمی‌شود" in text(html)
    assert "فایل روی سرور نیست." in text(part(html, "now")), "in the widget's words"
    assert "از ۳ ساعت پیش" in text(part(html, "now"))
    assert history


def test_a_language_that_is_asked_for_counts_more_than_the_browsers(server: PlayerServer, history: History) -> None:
    answer = fetch(f"{server.url}/dashboard?lang=fr&q=weak", accept_language="fa")
    assert answer.headers["content-language"] == "fr"
    assert 'href="?lang=fr&amp;q=weak&amp;state=unavailable#items"' in answer.text, "it stays chosen"
    assert 'name="lang" value="fr"' in answer.text
    assert history


def test_certificates_are_told_by_host_the_first_to_run_out_first(player_server: Start) -> None:
    names = {"over": -2, "soon": 8, "later": 80}
    items = [clip(name) for name in (*names, "plain")]
    for item in items:
        item["sources"] = [{"src": f"https://{item['id']}.example.org/a.mp3"}]
    server = player_server(items)
    history, now = server.app.extensions["steady-player"].history, datetime.now(UTC)
    for name, days in names.items():
        until = now + timedelta(days=days, minutes=5)
        tell(history, name, "playable", evidence={"certificate_until": until.isoformat()})
    tell(history, "plain", "playable")
    html = part(fetch(f"{server.url}/dashboard").text, "certificates")
    rows = re.findall(r'<li class="is-(\w+)">(.*?)</li>', html, re.DOTALL)
    assert [(level, text(row)) for level, row in rows] == [
        ("unavailable", "over.example.org expired 47 h ago"),
        ("degraded", "soon.example.org 8 days left"),
        ("available", "later.example.org 80 days left"),
    ]


def test_says_from_where_it_does_not_play(server: PlayerServer, history: History) -> None:
    assert 'data-live="vantages"' not in fetch(f"{server.url}/dashboard").text
    tell(history, "good", "legal", vantage="ir")
    history.places.heard("ir", {}, datetime.now(UTC))
    history.places.heard("cn", {}, datetime.now(UTC) - timedelta(hours=2))
    html = fetch(f"{server.url}/dashboard").text
    assert "Plays, but not from ir." in text(part(html, "items"))
    told = part(html, "vantages")
    assert "1 dead · heard 0 s ago" in text(told) and 'is-unavailable"><span dir="ltr">cn' in told
    for lang, words in (("fr", "mais pas depuis ir"), ("fa", "اما نه از ir"), ("ar", "لكن ليس من ir")):
        assert words in fetch(f"{server.url}/dashboard?lang={lang}").text
