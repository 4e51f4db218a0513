"""static/js/sources.js: which source is tried, in which order, and which are known to be of no use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.node import Call, one_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FRESH = (NOW + timedelta(minutes=2)).isoformat()
STALE = (NOW - timedelta(seconds=1)).isoformat()
PLAYED = ("audio/mpeg", "video/mp4")


def rank(node: Call, sources: list[dict[str, Any]], *, secure: bool = False) -> dict[str, Any]:
    how = {"now": NOW.timestamp() * 1000, "canPlay": one_of(*PLAYED), "secure": secure}
    ranking: dict[str, Any] = node("sources.js", "rank", sources, how)
    return ranking


def source(name: str, **fields: Any) -> dict[str, Any]:
    return {"src": f"https://media.example.org/{name}", **fields}


dead = {"state": "unavailable", "reason": "not-found", "fresh_until": FRESH}


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, None),
        ({"type": "audio/mpeg"}, None),
        ({"state": "available", "fresh_until": FRESH}, None),
        ({"state": "degraded", "fresh_until": FRESH}, None),
        # An honest "unknown" never hides a player.
        ({"state": "unknown", "reason": "unchecked", "fresh_until": FRESH}, None),
        (dead, "not-found"),
        # A verdict that is out of date says nothing.
        ({**dead, "fresh_until": STALE}, None),
        ({"type": "audio/x-nobody-plays-this"}, "unsupported"),
        ({**dead, "type": "audio/x-nobody-plays-this"}, "not-found"),
    ],
)
def test_a_source_is_tried_unless_it_is_known_to_be_of_no_use(
    node: Call, fields: dict[str, Any], why: str | None
) -> None:
    one = source("clip.mp3", **fields)
    ranking = rank(node, [one])
    assert ranking["playable"] == ([] if why else [one])
    assert ranking["dropped"] == ([one] if why else [])
    assert ranking.get("reason") == why


def test_a_secure_page_does_not_try_what_the_browser_blocks(node: Call) -> None:
    plain = {"src": "http://media.example.org/clip.mp3"}
    assert rank(node, [plain], secure=True)["reason"] == "mixed-content"
    assert rank(node, [plain], secure=False)["playable"] == [plain]
    assert rank(node, [source("clip.mp3")], secure=True)["dropped"] == []


def test_the_first_reason_is_told(node: Call) -> None:
    sources = [source("one.mp3", **dead), source("two.xyz", type="audio/x-nobody-plays-this")]
    assert rank(node, sources)["reason"] == "not-found"
    assert rank(node, sources[::-1])["reason"] == "unsupported"


sources = st.lists(
    st.fixed_dictionaries(
        {"src": st.integers(0, 10**6).map(lambda number: f"http://media.example.org/{number}.mp3")},
        optional={
            "state": st.sampled_from(["available", "degraded", "unavailable", "unknown"]),
            "reason": st.sampled_from(["not-found", "timeout", "unchecked"]),
            "fresh_until": st.sampled_from([FRESH, STALE]),
            "type": st.sampled_from([*PLAYED, "audio/x-nobody-plays-this"]),
        },
    ),
    max_size=6,
)


@given(given_sources=sources, secure=st.booleans())
def test_none_is_lost_and_the_order_is_kept(node: Call, given_sources: list[dict[str, Any]], secure: bool) -> None:
    ranking = rank(node, given_sources, secure=secure)
    for part in ("playable", "dropped"):
        left = iter(given_sources)
        assert all(one in left for one in ranking[part]), "the publisher's order"
    assert len(ranking["playable"]) + len(ranking["dropped"]) == len(given_sources)
    assert not any(one.get("state") == "unavailable" and one.get("fresh_until") == FRESH for one in ranking["playable"])
