"""The widget's code over HTTP: which file, in which coding, cached for how long."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from player.files import static
from player.web.caching import CODINGS, coding
from tests.fetch import fetch
from tests.servers import PlayerServer
from tests.widget import BROTLI, ENTRY, HASH, MORE, VERSION, serve_build

Start = Callable[..., PlayerServer]
IMMUTABLE = "public, max-age=31536000, immutable"


def test_the_entry_is_there(player_server: Start, built: Path) -> None:
    answer = fetch(player_server().url + "/embed.js")
    assert (answer.status, answer.body) == (200, ENTRY)
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=300, stale-while-revalidate=600"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    ("accepted", "wanted"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.9", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0, *", "gzip"),
        ("*", "br"),
        ("BR", "br"),
        ("identity", None),
        ("identity, br;q=0.5", None),
        ("identity;q=0.5, br;q=0.5", "br"),
        ("br;q=0, gzip;q=0", None),
        ("identity;q=0", None),
        ("zstd", None),
        ("", None),
        ("br;q=x, gzip", "gzip"),
    ],
)
def test_the_coding_is_negotiated(player_server: Start, built: Path, accepted: str, wanted: str | None) -> None:
    url = player_server().url
    for path, plain in (("/embed.js", ENTRY), (f"/assets/{HASH}/more.js", MORE)):
        answer = fetch(url + path, accept_encoding=accepted)
        assert answer.headers.get("content-encoding") == wanted
        assert answer.body == {None: plain, "gzip": gzip.compress(plain, mtime=0), "br": BROTLI}[wanted]
        assert int(answer.headers["content-length"]) == len(answer.body)
        assert answer.headers["vary"] == "Accept-Encoding"


def test_each_coding_has_a_tag_of_its_own(player_server: Start, built: Path) -> None:
    url = player_server().url + "/embed.js"
    tags = {name: fetch(url, accept_encoding=name).headers["etag"] for name in ("br", "gzip", "identity")}
    assert len(set(tags.values())) == 3
    for name, etag in tags.items():
        answer = fetch(url, accept_encoding=name, if_none_match=etag)
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["vary"] == "Accept-Encoding"
    assert fetch(url, accept_encoding="br", if_none_match=tags["gzip"]).status == 200


def test_an_address_with_the_hash_never_changes(player_server: Start, built: Path) -> None:
    url = player_server().url
    pinned = fetch(f"{url}/embed-{VERSION}.js")
    assert (pinned.status, pinned.body, pinned.headers["cache-control"]) == (200, ENTRY, IMMUTABLE)
    for path in ("more.js", "i18n/fa.js"):
        asset = fetch(f"{url}/assets/{HASH}/{path}")
        assert (asset.status, asset.headers["cache-control"]) == (200, IMMUTABLE)
        assert asset.headers["content-type"] == "text/javascript; charset=utf-8"


def test_another_hash_or_file_is_a_problem_that_is_not_kept(player_server: Start, built: Path) -> None:
    url = player_server().url
    for path in (
        "/embed-0000.js",
        f"/embed-{VERSION}x.js",
        f"/embed-{HASH}.js",
        "/assets/0000/more.js",
        f"/assets/{HASH}/less.js",
        f"/assets/{HASH}/more.js.br",
        f"/assets/{HASH}/../build.json",
        f"/assets/{HASH}/%2e%2e/%2e%2e/build.json",
        "/build.json",
    ):
        answer = fetch(url + path)
        assert answer.status == 404, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"


def test_a_missing_build_names_the_command(
    player_server: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    serve_build(monkeypatch, tmp_path / "nothing")
    url = player_server().url
    for path in ("/embed.js", f"/embed-{VERSION}.js", f"/assets/{HASH}/more.js"):
        answer = fetch(url + path)
        assert answer.status == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json["command"] in answer.json["detail"]
    assert "pip install -e ." in caplog.text


def test_head_tells_the_same(player_server: Start, built: Path) -> None:
    url = player_server().url + "/embed.js"
    whole, head = fetch(url, accept_encoding="br"), fetch(url, "HEAD", accept_encoding="br")
    assert head.body == b""
    for name in ("etag", "content-length", "content-encoding", "vary"):
        assert head.headers[name] == whole.headers[name]


codings = st.sampled_from(["br", "gzip", "identity", "*", "zstd", "deflate"])
accepts = st.lists(st.tuples(codings, st.sampled_from(["", ";q=0", ";q=0.3", ";q=1", ";q=0.301"])), max_size=5)


@given(accepts)
def test_a_coding_that_the_client_refuses_is_never_sent(asked: list[tuple[str, str]]) -> None:
    accepted = parse_accept_header(", ".join(name + rating for name, rating in asked), Accept)
    chosen = coding(accepted)
    assert chosen is None or chosen in CODINGS
    if chosen is not None:
        assert accepted.quality(chosen) == max(accepted.quality(name) for name in CODINGS) > 0


def test_what_a_page_waits_for_stays_light() -> None:
    """All of the first load, and the other controls, in bytes of Brotli: what the README promises to publishers."""
    built = json.loads((static() / "build" / "build.json").read_text("utf-8"))
    assert built["embed"]["br"] <= 8_000
    assert built["assets"]["more.js"]["br"] <= 6_000
