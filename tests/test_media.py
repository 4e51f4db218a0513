"""Items as JSON: what is refused, by which field, and that nothing is lost on the way."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.catalogue.media import InvalidMedia, Kind, Lifecycle, Media, Source, Track, check, from_json, to_json
from tests.strategies import media

MINIMAL = {"id": "a", "kind": "audio", "title": "A", "sources": [{"src": "https://cdn.example.org/a.mp3"}]}
FULL: dict[str, Any] = {
    "id": "river-crossing",
    "kind": "video",
    "title": "عبور از رود",
    "duration": 228.0,
    "lang": "fa-IR",
    "description": "One line.\nAnother.",
    "poster": "https://cdn.example.org/p.jpg?w=1,2",
    "page": "http://news.example.org/story",
    "transcript": "https://news.example.org/story.txt",
    "published_at": "2026-05-31T18:00:00Z",
    "starts_at": "2026-05-31T18:00:00.250000Z",
    "expires_at": "2027-05-31T18:00:00Z",
    "live": True,
    "removed": True,
    "sources": [
        {
            "src": "https://cdn.example.org/r.mp4",
            "type": 'video/mp4; codecs="avc1.42E01E, mp4a.40.2"',
            "size": 2**40,
            "bitrate": 900_000,
            "width": 1280,
            "height": 720,
        },
        {"src": "https://[2001:db8::1]:8443/r.webm"},
    ],
    "tracks": [
        {"src": "https://cdn.example.org/en.vtt", "kind": "captions", "srclang": "en", "label": "E", "default": True},
        {"src": "https://cdn.example.org/fr.vtt", "kind": "subtitles", "srclang": "fr"},
        {"src": "https://cdn.example.org/en.chapters.vtt", "kind": "chapters", "srclang": "en"},
        {"src": "https://cdn.example.org/thumbnails.vtt", "kind": "thumbnails"},
        {"src": "https://cdn.example.org/peaks.json", "kind": "waveform"},
    ],
}


def with_(**changes: Any) -> dict[str, Any]:
    return {**MINIMAL, **changes}


def test_a_full_item_comes_back_as_it_went_in() -> None:
    media = from_json(FULL)
    assert media.kind is Kind.VIDEO
    assert media.sources[0].size == 2**40
    assert media.tracks[1] == Track("https://cdn.example.org/fr.vtt", "subtitles", "fr")
    assert media.starts_at == datetime(2026, 5, 31, 18, 0, 0, 250_000, UTC)
    assert to_json(media) == FULL
    json.dumps(to_json(media))


def test_absent_keys_and_nulls_are_the_same() -> None:
    assert from_json(with_(lang=None, tracks=None, live=None)) == from_json(MINIMAL)
    assert to_json(from_json(MINIMAL)) == MINIMAL


def test_times_become_utc() -> None:
    media = from_json(with_(published_at="2026-05-31T20:00:00+02:00"))
    assert media.published_at == datetime(2026, 5, 31, 18, tzinfo=UTC)
    assert to_json(media)["published_at"] == "2026-05-31T18:00:00Z"


@pytest.mark.parametrize(
    ("obj", "field"),
    [
        ([], ""),
        (None, ""),
        ({}, "id"),
        (with_(id=None), "id"),
        (with_(tittle="A"), ""),
        *((with_(id=bad), "id") for bad in ("", "A", "a b", "-a", "a-", "a/b", "a\n", "é", "a" * 129, 7)),
        *((with_(kind=bad), "kind") for bad in ("Audio", "", "text", 1, ["audio"])),
        *((with_(title=bad), "title") for bad in ("", " ", "a\nb", "\ud800", "x" * 501, 3, "a\x1b[31m")),
        *((with_(description=bad), "description") for bad in ("a\0", "\udfff", 3, "x" * 20_001)),
        *((with_(duration=bad), "duration") for bad in (0, -1, math.nan, math.inf, True, "3:48", 1e8, 10**400)),
        *((with_(lang=bad), "lang") for bad in ("", "e", "en_US", "en-", "x", "123456789")),
        *((with_(published_at=bad), "published_at") for bad in ("2026-05-31", "2026-05-31T18:00:00", "soon", 17)),
        (with_(starts_at="0001-01-01T00:00:00+14:00"), "starts_at"),
        (with_(published_at="2026-01-02T00:00:00Z", expires_at="2026-01-02T00:00:00Z"), "expires_at"),
        (with_(live=1), "live"),
        (with_(removed="no"), "removed"),
        (with_(sources=[]), "sources"),
        (with_(sources={}), "sources"),
        (with_(sources=["https://cdn.example.org/a.mp3"]), "sources[0]"),
        (with_(sources=[{}]), "sources[0].src"),
        (with_(sources=[{"src": "https://a.example/a", "codec": "mp3"}]), "sources[0]"),
        (with_(sources=[{"src": "https://a.example/a"}, {"src": "https://a.example/a"}]), "sources[1].src"),
        *(
            (with_(sources=[{"src": "https://a.example/a", "type": bad}]), "sources[0].type")
            for bad in ("mp3", "a/b\n")
        ),
        *(
            (with_(sources=[{"src": "https://a.example/a", "size": n}]), "sources[0].size")
            for n in (0, 1.5, True, 2**63)
        ),
        (with_(tracks=[{"src": "https://a.example/a.vtt", "kind": "subs"}]), "tracks[0].kind"),
        (with_(tracks=[{"src": "https://a.example/a.vtt", "kind": "subtitles"}]), "tracks[0].srclang"),
        (with_(tracks=[{"src": "https://a.example/a.vtt"}, {"src": "https://a.example/b.vtt"}]), "tracks[1]"),
        (with_(tracks=[{"src": f"https://a.example/{n}", "kind": "waveform", "label": n} for n in "ab"]), "tracks[1]"),
        (
            with_(
                tracks=[
                    {"src": "https://a.example/a.vtt", "srclang": "en", "default": True},
                    {"src": "https://a.example/b.vtt", "srclang": "fr", "default": True},
                ]
            ),
            "tracks[1].default",
        ),
    ],
)
def test_what_is_wrong_is_refused_by_its_field(obj: object, field: str) -> None:
    with pytest.raises(InvalidMedia) as caught:
        from_json(obj)
    assert caught.value.field == field
    assert caught.value.problem
    assert str(caught.value).isprintable() and len(str(caught.value)) < 600


@pytest.mark.parametrize(
    "src",
    [
        "", "a.mp3", "/a.mp3", "//a.example/a.mp3", "ftp://a.example/a.mp3", "javascript:alert(1)", "data:,a",
        "https://", "https:///a.mp3", "https://a.example:0/", "https://a.example:65536/",
        "https://[::1/a", "https://a b/",
        "https://a.example/a\tb", " https://a.example/", "https://a.example\\b", "https://me:secret@a.example/a.mp3",
        "https://a.example/" + "x" * 2048, "https://a.example/\ud800",
    ],
)  # fmt: skip
def test_only_http_addresses_without_secrets(src: str) -> None:
    with pytest.raises(InvalidMedia) as caught:
        from_json(with_(sources=[{"src": src}]))
    assert caught.value.field == "sources[0].src"
    assert "secret" not in str(caught.value)
    with pytest.raises(InvalidMedia, match="poster"):
        from_json(with_(poster=src))


def test_a_misspelt_key_is_told_the_right_one() -> None:
    with pytest.raises(InvalidMedia, match="unknown key 'tittle'; did you mean 'title'"):
        from_json(with_(tittle="A"))


def test_an_item_made_in_python_is_checked_too() -> None:
    good = Media("a", Kind.AUDIO, "A", (Source("https://a.example/a.mp3"),))
    assert check(good) == good
    with pytest.raises(InvalidMedia, match=r"sources\[0\].src"):
        check(Media("a", Kind.AUDIO, "A", (Source("a.mp3"),)))
    with pytest.raises(InvalidMedia, match="expires_at"):
        check(Media("a", Kind.AUDIO, "A", good.sources, expires_at=datetime(2026, 1, 1)))  # noqa: DTZ001


NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("facts", "lifecycle"),
    [
        ({}, Lifecycle.PUBLISHED),
        ({"live": True}, Lifecycle.LIVE),
        ({"removed": True, "live": True}, Lifecycle.REMOVED),
        ({"published_at": NOW}, Lifecycle.PUBLISHED),
        ({"published_at": NOW + SECOND}, Lifecycle.SCHEDULED),
        ({"starts_at": NOW + SECOND, "live": True}, Lifecycle.SCHEDULED),
        ({"starts_at": NOW, "live": True}, Lifecycle.LIVE),
        ({"expires_at": NOW}, Lifecycle.EXPIRED),
        ({"expires_at": NOW + SECOND, "live": True}, Lifecycle.LIVE),
        ({"expires_at": NOW, "removed": True}, Lifecycle.REMOVED),
    ],
)
def test_lifecycle(facts: dict[str, Any], lifecycle: Lifecycle) -> None:
    media = Media("a", Kind.AUDIO, "A", (Source("https://a.example/a.mp3"),), **facts)
    assert media.lifecycle(NOW) is lifecycle
    assert media.lifecycle(NOW.astimezone(timezone(timedelta(hours=3.5)))) is lifecycle


@given(media())
def test_every_item_survives_json(item: Media) -> None:
    assert from_json(json.loads(json.dumps(to_json(item)))) == item
    assert check(item) == item


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_NEARLY = st.fixed_dictionaries({}, optional={key: _JSON | st.just(value) for key, value in FULL.items()})


@given(_JSON | _NEARLY)
def test_any_json_is_an_item_or_a_named_error(obj: object) -> None:
    try:
        item = from_json(obj)
    except InvalidMedia as error:
        assert str(error).isprintable()
    else:
        assert from_json(to_json(item)) == item
