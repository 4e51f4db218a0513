"""static/js/engines/{choose,playlist,errors}.js: which engine plays what, and what its errors mean."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.probe.reasons import REASONS
from tests.node import Call, one_of

AVC = "avc1.42e01e,mp4a.40.2"
HEVC = "hvc1.1.6.L93.B0,mp4a.40.2"
PLAYED = one_of(f'video/mp4; codecs="{AVC}"', f'video/mp4; codecs="{HEVC}"', 'audio/mp4; codecs="mp4a.40.2"')
NATIVE = {"native": "maybe", "mse": True, "supported": PLAYED}  # Chromium, Safari
ENGINES = {"native": "", "mse": True, "supported": PLAYED}  # Firefox
PHONE = {"native": "maybe", "mse": False, "supported": one_of()}  # an iPhone before ManagedMediaSource
NOTHING = {"native": "", "mse": False, "supported": one_of()}
NONE = {"engine": None, "reason": "unsupported"}


@pytest.mark.parametrize(
    ("needs", "browser", "engine"),
    [
        # A plain file is the browser's own affair, or nobody's.
        ({"kind": "file"}, NATIVE, "native"),
        ({"kind": "file"}, ENGINES, None),
        ({"kind": "file", "failed": True}, NATIVE, None),
        # A plain stream costs no engine where the browser plays it.
        ({"kind": "hls"}, NATIVE, "native"),
        ({"kind": "hls", "audio": True, "text": True}, NATIVE, "native"),
        ({"kind": "hls", "encryption": "whole"}, NATIVE, "native"),
        ({"kind": "hls", "lowLatency": True}, NATIVE, "native"),
        # What it lacks brings the engine in.
        ({"kind": "hls", "asked": "rendition"}, NATIVE, "hls-light"),
        ({"kind": "hls", "asked": "rendition", "audio": True}, NATIVE, "hls"),
        ({"kind": "hls", "asked": "audioTrack"}, NATIVE, "hls"),
        ({"kind": "hls", "asked": "textTrack"}, NATIVE, "hls"),
        ({"kind": "hls", "failed": True}, NATIVE, "hls-light"),
        ({"kind": "hls", "failed": True, "encryption": "whole"}, NATIVE, "hls-light"),
        # Elsewhere the light build, unless the item needs more.
        ({"kind": "hls"}, ENGINES, "hls-light"),
        ({"kind": "hls", "codecs": [AVC]}, ENGINES, "hls-light"),
        ({"kind": "hls", "encryption": "whole"}, ENGINES, "hls-light"),
        ({"kind": "hls", "lowLatency": True}, ENGINES, "hls-light"),
        ({"kind": "hls", "audio": True}, ENGINES, "hls"),
        ({"kind": "hls", "text": True}, ENGINES, "hls"),
        ({"kind": "hls", "variables": True}, ENGINES, "hls"),
        ({"kind": "hls", "advanced": True}, ENGINES, "hls"),
        ({"kind": "hls", "codecs": [AVC, HEVC]}, ENGINES, "hls"),
        ({"kind": "hls", "codecs": ["mp4a.40.2"]}, ENGINES, "hls-light"),
        # One rendition that can be decoded is enough; none is not.
        ({"kind": "hls", "codecs": ["dvh1.05.01", AVC]}, ENGINES, "hls-light"),
        ({"kind": "hls", "codecs": ["dvh1.05.01"]}, ENGINES, None),
        # Keys that only the system has.
        ({"kind": "hls", "encryption": "drm"}, NATIVE, "native"),
        ({"kind": "hls", "encryption": "drm", "asked": "rendition"}, NATIVE, "native"),
        ({"kind": "hls", "encryption": "drm"}, ENGINES, None),
        ({"kind": "hls", "encryption": "drm", "failed": True}, NATIVE, None),
        # Without MediaSource there is the browser's own way or none.
        ({"kind": "hls", "asked": "rendition"}, PHONE, "native"),
        ({"kind": "hls", "failed": True}, PHONE, None),
        ({"kind": "hls"}, NOTHING, None),
        ({"kind": "dash"}, ENGINES, "dash"),
        ({"kind": "dash"}, {**ENGINES, "native": "maybe"}, "native"),
        ({"kind": "dash", "audio": True, "text": True}, ENGINES, "dash"),
        ({"kind": "dash", "codecs": ["dvh1.05.01"]}, ENGINES, None),
        ({"kind": "dash"}, NOTHING, None),
    ],
)
def test_the_smallest_engine_that_will_do(
    node: Call, needs: dict[str, Any], browser: dict[str, Any], engine: str | None
) -> None:
    assert node("engines/choose.js", "choose", needs, browser) == ({"engine": engine} if engine else NONE)


browsers = st.fixed_dictionaries(
    {"native": st.sampled_from(["", "maybe", "probably"]), "mse": st.booleans(), "supported": st.just(PLAYED)}
)
items = st.fixed_dictionaries(
    {"kind": st.sampled_from(["file", "hls", "dash"])},
    optional={
        "codecs": st.lists(st.sampled_from([AVC, HEVC, "mp4a.40.2", "dvh1.05.01"]), max_size=3),
        "encryption": st.sampled_from(["", "whole", "drm"]),
        "audio": st.booleans(),
        "text": st.booleans(),
        "variables": st.booleans(),
        "lowLatency": st.booleans(),
        "asked": st.sampled_from(["", "rendition", "audioTrack", "textTrack"]),
        "failed": st.booleans(),
    },
)


@given(needs=items, browser=browsers)
def test_nothing_is_chosen_that_cannot_be(node: Call, needs: dict[str, Any], browser: dict[str, Any]) -> None:
    chosen = node("engines/choose.js", "choose", needs, browser)
    engine = chosen["engine"]
    if engine is None:
        assert chosen["reason"] in REASONS
    elif engine == "native":
        assert browser["native"]
        assert not needs.get("failed")
    else:
        assert browser["mse"]
        assert engine.startswith(needs["kind"])
        assert needs.get("encryption") != "drm"
    plain = not any(needs.get(name) for name in ("asked", "failed"))
    if browser["native"] and plain:
        assert engine == "native", "what the browser plays costs no engine"
    full = any(needs.get(name) for name in ("audio", "text", "variables"))
    assert not (engine == "hls-light" and full)


MASTER = """#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=354000,CODECS="avc1.42e01e, mp4a.40.2",RESOLUTION=640x360
high/index.m3u8
"""


@pytest.mark.parametrize(
    ("lines", "needs"),
    [
        ("", {}),
        ('#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",URI="en.m3u8"', {"audio": True}),
        # Sound that is in the renditions themselves needs nothing.
        ('#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English"', {}),
        ('#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="English",URI="en.m3u8"', {"text": True}),
        ('#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="c",NAME="English",INSTREAM-ID="CC1"', {"text": True}),
        ('#EXT-X-KEY:METHOD=AES-128,URI="key"', {"encryption": "whole"}),
        ('#EXT-X-KEY:METHOD=AES-256,URI="key",KEYFORMAT="identity"', {"encryption": "whole"}),
        (
            '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://x",KEYFORMAT="com.apple.streamingkeydelivery"',
            {"encryption": "drm"},
        ),
        ("#EXT-X-KEY:METHOD=NONE", {}),
        ('#EXT-X-DEFINE:NAME="a",VALUE="b"', {"variables": True}),
        ("#EXT-X-PART-INF:PART-TARGET=0.5", {"lowLatency": True}),
    ],
)
def test_a_playlist_says_what_it_needs(node: Call, lines: str, needs: dict[str, Any]) -> None:
    plain = {"kind": "hls", "codecs": [AVC], "encryption": ""}
    for newline in ("\n", "\r\n"):
        text = f"{MASTER}{lines}\n".replace("\n", newline)
        assert node("engines/playlist.js", "needsOf", text) == {**plain, **needs}


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "empty"), (" <!DOCTYPE html><p>Sign in", "html"), ("<MPD/>", "bad-playlist"), ("EXTM3U", "bad-playlist")],
)
def test_what_is_no_playlist_has_a_reason(node: Call, text: str, reason: str) -> None:
    assert node("engines/playlist.js", "needsOf", text) == reason


@given(text=st.text(max_size=200) | st.text(max_size=200).map("#EXTM3U\n#EXT-X-MEDIA:".__add__))
def test_any_text_is_read(node: Call, text: str) -> None:
    needs = node("engines/playlist.js", "needsOf", text.encode(errors="replace").decode())
    assert needs in ("empty", "html", "bad-playlist") or needs["kind"] == "hls"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (None, "unreachable"),
        (0, "unreachable"),
        (403, "forbidden"),
        (404, "not-found"),
        (408, "timeout"),
        (410, "gone"),
        (418, "http-status"),
        (429, "rate-limited"),
        (451, "legal"),
        (500, "server-error"),
        (503, "server-error"),
    ],
)
def test_a_status_is_a_reason(node: Call, status: int | None, reason: str) -> None:
    assert node("engines/errors.js", "reasonOfStatus", status) == reason
    error = {"type": "networkError", "details": "levelLoadError", "response": {"code": status}}
    assert node("engines/errors.js", "reasonOfHls", error) == reason
    assert node("engines/errors.js", "reasonOfDash", 27, status) == reason
    assert reason in REASONS


@pytest.mark.parametrize(
    ("type_", "details", "reason"),
    [
        ("networkError", "manifestLoadTimeOut", "timeout"),
        ("networkError", "fragLoadTimeOut", "timeout"),
        ("networkError", "keyLoadError", "key-missing"),
        ("networkError", "manifestParsingError", "bad-playlist"),
        ("networkError", "levelEmptyError", "bad-playlist"),
        ("mediaError", "manifestIncompatibleCodecsError", "unsupported"),
        ("mediaError", "bufferAddCodecError", "unsupported"),
        ("keySystemError", "keySystemNoAccess", "unsupported"),
        ("mediaError", "fragParsingError", "decode"),
        ("mediaError", "bufferAppendError", "decode"),
        ("otherError", "internalException", "unknown"),
    ],
)
def test_an_error_of_hls_is_a_reason(node: Call, type_: str, details: str, reason: str) -> None:
    assert node("engines/errors.js", "reasonOfHls", {"type": type_, "details": details}) == reason


@pytest.mark.parametrize(
    ("code", "reason"),
    [(10, "bad-playlist"), (20, "decode"), (23, "unsupported"), (32, "no-segments"), (99, "unknown")],
)
def test_an_error_of_dash_is_a_reason(node: Call, code: int, reason: str) -> None:
    assert node("engines/errors.js", "reasonOfDash", code, 0) == reason


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120), ("0", 0), ("Wed, 21 Oct 2015 07:28:30 GMT", 30), ("Wed, 21 Oct 2015 07:00:00 GMT", None)]
    + [(value, None) for value in ("", "soon", "-5")],
)
def test_retry_after_is_in_seconds(node: Call, value: str, seconds: int | None) -> None:
    now = 1445412480000  # Wed, 21 Oct 2015 07:28:00 GMT
    assert node("engines/errors.js", "retryAfter", value, now) == seconds
