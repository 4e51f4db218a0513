"""static/js/recovery: what is done about a source that failed, and which addresses have ended."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.node import Call

LADDER, SIGNED = "recovery/ladder.js", "recovery/signed.js"
NOW = 1_763_860_000_000  # 2025-11-23T01:06:40Z
AT_ONCE = {"step": "next", "delay": 0}


def failure(**fields: Any) -> dict[str, Any]:
    return {
        "reason": "reset", "online": True, "left": 0, "renewable": False, "played": False, "tries": 0, "trouble": 0,
        **fields,
    }  # fmt: skip


def step(node: Call, **fields: Any) -> str:
    return str(node(LADDER, "decide", failure(**fields), 0.5)["step"])


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"left": 1}, "next"),
        ({"left": 1, "reason": "not-found", "status": 404}, "next"),
        ({"left": 1, "renewable": True}, "renew"),
        ({"left": 1, "renewable": True, "status": 403}, "renew"),
        ({"left": 1, "renewable": True, "status": 503}, "next"),
        ({}, "retry"),
        ({"reason": "stalled"}, "retry"),
        ({"reason": "stalled", "frozen": True}, "none"),
        ({"reason": "stalled", "frozen": True, "left": 1}, "next"),
        ({"reason": "timeout", "trouble": 15_000}, "retry"),
        ({"reason": "timeout", "trouble": 20_000}, "none"),
        ({"reason": "timeout", "trouble": 14_000, "tries": 4}, "retry"),
        ({"reason": "timeout", "trouble": 17_500, "tries": 4}, "none"),
        ({"reason": "decode"}, "none"),
        ({"reason": "unknown"}, "none"),
        ({"reason": "unknown", "played": True}, "retry"),
        ({"reason": "unknown", "played": True, "status": 404}, "none"),
        ({"reason": "reset", "status": 403}, "none"),
        ({"reason": "http-status", "status": 408}, "retry"),
        ({"reason": "rate-limited", "status": 429}, "retry"),
        ({"reason": "rate-limited", "status": 429, "after": 5}, "retry"),
        ({"reason": "rate-limited", "status": 429, "after": 30}, "none"),
        ({"reason": "server-error", "status": 500}, "retry"),
        ({"online": False}, "wait"),
        ({"online": False, "left": 1}, "wait"),
        ({"online": False, "trouble": 600_000}, "none"),
    ],
)
def test_each_failure_has_its_rung(node: Call, fields: dict[str, Any], wanted: str) -> None:
    assert step(node, **fields) == wanted


@given(status=st.integers(400, 499).filter(lambda status: status not in (408, 429)), played=st.booleans())
def test_what_the_client_is_blamed_for_is_not_asked_again(node: Call, status: int, played: bool) -> None:
    assert step(node, reason="http-status", status=status, played=played) == "none"


@given(
    reason=st.sampled_from(["reset", "timeout", "stalled", "server-error", "unknown"]),
    chance=st.floats(0, 1),
    after=st.one_of(st.none(), st.integers(0, 60)),
)
def test_retries_come_to_an_end(node: Call, reason: str, chance: float, after: int | None) -> None:
    """However it goes, the reader is told within the limit, and nobody is asked more than a few times."""
    trouble, asked = 0.0, 0
    while True:
        failed = failure(reason=reason, played=True, tries=asked, trouble=trouble, after=after)
        made = node(LADDER, "decide", failed, chance)
        if made["step"] == "none":
            break
        assert made["delay"] >= (after or 0) * 1000
        trouble += made["delay"]
        asked += 1
    assert trouble < 20_000
    assert asked < 10


@given(trouble=st.floats(0, 16_000), chance=st.floats(0, 1))
def test_who_would_wait_past_the_end_comes_once_more_before_it(node: Call, trouble: float, chance: float) -> None:
    """And with time enough to show that it plays."""
    made = node(LADDER, "decide", failure(tries=6, trouble=trouble), chance)
    assert made["step"] == "retry"
    assert trouble + made["delay"] < (17_001 if trouble > 14_000 else 20_000)


@given(tries=st.integers(0, 60), chance=st.floats(0, 1))
def test_each_wait_is_longer_than_the_last_and_none_is_long(node: Call, tries: int, chance: float) -> None:
    wait = node(LADDER, "backoff", tries, chance)
    assert 375 <= wait <= 10_000
    assert node(LADDER, "backoff", tries + 1, chance) >= wait


SIGNATURES = [
    ("Expires=1763850000&Signature=x&Key-Pair-Id=k", True),
    ("Expires=1763870000&Signature=x&Key-Pair-Id=k", False),
    ("Policy=eyJ&Signature=x", True),
    ("X-Amz-Date=20251123T000000Z&X-Amz-Expires=3600&X-Amz-Signature=x", True),
    ("X-Amz-Date=20251123T010000Z&X-Amz-Expires=3600&X-Amz-Signature=x", False),
    ("X-Goog-Date=20251123T000000Z&X-Goog-Expires=60", True),
    ("sv=2024&se=2025-11-23T00%3A00%3A00Z&sig=x", True),
    ("sv=2024&se=2025-11-24T00%3A00%3A00Z&sig=x", False),
    ("hdnts=exp=1763850000~acl=/*~hmac=x", True),
    ("hdnts=exp=1763870000~acl=/*~hmac=x", False),
    ("e=1763850000&h=x", True),
    ("expires=whenever", True),
    ("token=x", False),
    ("", False),
]


@pytest.mark.parametrize(("query", "ended"), SIGNATURES)
def test_an_address_that_has_ended_is_known_by_its_query(node: Call, query: str, ended: bool) -> None:
    assert node(SIGNED, "expired", f"https://cdn.example.org/clip.mp4?{query}", NOW) is ended


def test_a_source_is_found_again_by_its_path_or_its_place(node: Call) -> None:
    def sources(*addresses: str) -> list[dict[str, str]]:
        return [{"src": f"https://cdn.example.org/{address}"} for address in addresses]

    before = sources("a.mp4?e=1", "b.mp4?e=1")
    queue = before[1:]
    assert node(SIGNED, "renewed", queue, before, sources("a.mp4?e=2", "b.mp4?e=2")) == sources("b.mp4?e=2")
    assert node(SIGNED, "renewed", queue, before, sources("b.mp4?e=2", "a.mp4?e=2")) == sources("b.mp4?e=2")
    assert node(SIGNED, "renewed", queue, before, sources("x/a.mp4", "x/b.mp4")) == sources("x/b.mp4")
    assert node(SIGNED, "renewed", queue, before, sources("x/a.mp4")) == []


FROZEN = "recovery/frozen.js"
MASTER = '#EXTM3U\r\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="a,b"\r\n#a remark\r\nlow/i.m3u8\r\n'
WINDOW = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n1.ts\n"
MPD = (
    '<MPD type="dynamic" publishTime="2025-11-23T01:06:40Z" minimumUpdatePeriod="PT4S">'
    '<SegmentTemplate timescale="1000">'
    '<SegmentTimeline><S t="0" d="6000"/><S d="5000" r="3"/></SegmentTimeline></SegmentTemplate></MPD>'
)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (WINDOW, {"live": True, "target": 6, "variant": ""}),
        (f"{WINDOW}#EXT-X-ENDLIST\n", {"live": False, "target": 6, "variant": ""}),
        (WINDOW.replace("#EXTINF", "#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF"), {"live": False, "target": 6, "variant": ""}),
        (WINDOW.replace("#EXTINF", "#EXT-X-PLAYLIST-TYPE:EVENT\n#EXTINF"), {"live": True, "target": 6, "variant": ""}),
        (MASTER, {"live": False, "target": 0, "variant": "low/i.m3u8"}),
        (MPD, {"live": True, "target": 6, "variant": ""}),
        (MPD.replace("PT4S", "PT1M30S"), {"live": True, "target": 90, "variant": ""}),
        (MPD.replace("dynamic", "static"), {"live": False, "target": 6, "variant": ""}),
        (MPD.replace('r="3"', 'r="-1"'), {"live": False, "target": 6, "variant": ""}),
        ('<MPD type="dynamic" minimumUpdatePeriod="PT2S"></MPD>', {"live": False, "target": 2, "variant": ""}),
        ("<!doctype html>", {"live": False, "target": 0, "variant": ""}),
        ("", {"live": False, "target": 0, "variant": ""}),
    ],
)
def test_a_playlist_says_whether_more_is_to_come(node: Call, text: str, read: dict[str, Any]) -> None:
    found = node(FROZEN, "read", text)
    assert {name: found[name] for name in read} == read


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        (WINDOW, WINDOW, False),
        (WINDOW, WINDOW.replace("1.ts", "2.ts"), True),
        (WINDOW, f"{WINDOW}#EXT-X-ENDLIST\n", True),
        (MPD, MPD.replace("01:06:40Z", "01:06:44Z"), False),
        (MPD, MPD.replace('r="3"', 'r="4"'), True),
        (MPD, MPD.replace("dynamic", "static"), True),
    ],
)
def test_a_playlist_has_moved_when_it_names_something_new(node: Call, before: str, after: str, moved: bool) -> None:
    marks = [node(FROZEN, "read", text)["mark"] for text in (before, after)]
    assert (marks[0] != marks[1]) is moved


PACE = "recovery/pace.js"


def seen(**fields: Any) -> dict[str, Any]:
    return {"behind": 5, "target": 5, "window": 60, "following": True, "rate": 1, **fields}


@pytest.mark.parametrize(
    ("fields", "rate", "jump"),
    [
        ({}, 1, False),
        ({"behind": 5.9}, 1, False),
        ({"behind": 6.5}, 1.05, False),
        ({"behind": 5.5, "rate": 1.05}, 1.05, False),
        ({"behind": 5.2, "rate": 1.05}, 1, False),
        ({"behind": 3}, 1, False),
        ({"behind": 12}, 1, True),
        ({"behind": 12, "following": False}, 1, False),
        ({"behind": 62, "following": False}, 1, True),
        ({"behind": 7, "rate": 1.5}, 1.5, False),
        ({"behind": 7, "rate": 1.05, "following": False}, 1, False),
    ],
)
def test_drift_is_made_up_for_gently_or_at_once(node: Call, fields: dict[str, Any], rate: float, jump: bool) -> None:
    assert node(PACE, "pace", seen(**fields)) == {"rate": rate, "jump": jump}


@given(start=st.floats(0, 40), target=st.floats(2, 30))
def test_drift_comes_to_an_end(node: Call, start: float, target: float) -> None:
    """A second of playing at a time: in the end it is within a second of the target, and plays as it should."""
    behind, rate = target + start, 1.0
    for _ in range(200):
        made = node(PACE, "pace", seen(behind=behind, target=target, window=600, rate=rate))
        rate = made["rate"]
        behind = target if made["jump"] else behind - (rate - 1)
    assert abs(behind - target) <= 1
    assert rate == 1


@given(behind=st.floats(0, 1000), window=st.floats(0, 1000))
def test_what_is_well_lies_within_the_window(node: Call, behind: float, window: float) -> None:
    assert 2 <= node(PACE, "settle", behind, window) <= min(30, max(2, window - 1))
