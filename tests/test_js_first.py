"""static/js/engines/first.js: what is fetched while an engine is on its way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.node import Call

LADDER = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Farsi",LANGUAGE="fa",URI="fa/index.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",LANGUAGE="en",DEFAULT=YES,URI="en/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=900000,AUDIO="a"
high/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=300000,AUDIO="a"
# a remark
middle/index.m3u8?a=1,2
#EXT-X-STREAM-INF:BANDWIDTH=90000,AUDIO="a"
low/index.m3u8
"""
BASE = "https://cdn.example.org/river/master.m3u8"
AT = "https://cdn.example.org/river/"
RECORDING = '#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n#EXTINF:2,\n0.m4s\n#EXTINF:2,\n1.m4s\n#EXT-X-ENDLIST\n'


@pytest.mark.parametrize(("bandwidth", "name"), [(100, "low"), (500_000, "middle?"), (900_000, "high"), (1e9, "high")])
def test_a_stream_begins_with_the_best_that_the_link_carries(node: Call, bandwidth: float, name: str) -> None:
    first = "middle/index.m3u8?a=1,2" if name == "middle?" else f"{name}/index.m3u8"
    assert first_of(node, "firstPlaylists", LADDER, bandwidth) == [AT + first, AT + "en/index.m3u8"]


def test_a_playlist_of_segments_begins_with_none_besides(node: Call) -> None:
    assert first_of(node, "firstPlaylists", RECORDING, 5e5) == []
    assert first_of(node, "firstSegments", LADDER) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (RECORDING, ["init.mp4", "0.m4s"]),
        ("#EXTM3U\n#EXTINF:2,\n#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z\n0.ts\n#EXT-X-ENDLIST", ["0.ts"]),
        (RECORDING.replace("#EXT-X-ENDLIST", ""), []),
        (RECORDING.replace("#EXTM3U\n", '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="key"\n'), []),
        (RECORDING.replace("#EXTM3U\n", "#EXTM3U\n#EXT-X-KEY:METHOD=NONE\n"), ["init.mp4", "0.m4s"]),
        (RECORDING.replace('"init.mp4"', '"all.mp4",BYTERANGE="700@0"'), []),
        (RECORDING.replace("#EXTM3U\n", "#EXTM3U\n#EXT-X-START:TIME-OFFSET=60\n"), []),
        ("", []),
    ],
)
def test_a_recording_begins_with_its_first_segment(node: Call, text: str, names: list[str]) -> None:
    assert first_of(node, "firstSegments", text) == [AT + name for name in names]


MPD = """<MPD type="static"><Period><AdaptationSet contentType="video">
<SegmentTemplate initialization="$RepresentationID$/init.mp4" media="$RepresentationID$/$Number%03d$.m4s"
startNumber="7"/><Representation id="low" bandwidth="90000"/>
<Representation id="high" bandwidth="900000"></Representation></AdaptationSet>
<AdaptationSet mimeType="audio/mp4"><Representation id="a" bandwidth="64000">
<SegmentTemplate initialization="a.mp4?x=1&amp;y=2" media="a-$Time$.m4s">
<SegmentTimeline><S t="48000" d="96000" r="4"/></SegmentTimeline></SegmentTemplate></Representation></AdaptationSet>
</Period></MPD>"""


def test_a_manifest_of_dash_begins_with_what_its_templates_name(node: Call) -> None:
    sound = ["a.mp4?x=1&y=2", "a-48000.m4s"]
    assert first_of(node, "firstOfDash", MPD, 5e5) == [AT + name for name in ("low/init.mp4", "low/007.m4s", *sound)]
    assert first_of(node, "firstOfDash", MPD, 1e6)[1] == AT + "high/007.m4s"
    for instead in ('type="dynamic"', 'type="static" xlink:href="more.xml"'):
        assert first_of(node, "firstOfDash", MPD.replace('type="static"', instead), 5e5) == []
    two = MPD.replace("</Period>", '<AdaptationSet contentType="video"></AdaptationSet></Period>')
    assert first_of(node, "firstOfDash", two, 5e5) == [AT + name for name in sound]


@given(text=st.text(alphabet=st.sampled_from('#EXT-X-MEDIA:URI="a,\n<>/$Number%0 '), max_size=80))
def test_whatever_a_playlist_says_looking_ahead_goes_on(node: Call, text: str) -> None:
    for name in ("firstPlaylists", "firstSegments", "firstOfDash"):
        assert isinstance(first_of(node, name, "#EXTM3U\n" + text, 5e5), list)


def first_of(node: Call, name: str, text: str, *more: float) -> list[str]:
    answer: list[str] = node("engines/first.js", name, text, BASE, *more)
    return answer
