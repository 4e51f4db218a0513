"""The demo's streams are what they say: every segment decodes, and starts where the playlist has it."""

import re
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import av
import pytest

from demo.streams import SECONDS, SEGMENT, STREAMS, stock
from tests.streams import StreamMedia

FRAME = 0.05  # seconds; a picture and a frame of sound last less
LOCAL = {
    "allowed_extensions": "ALL", "allowed_segment_extensions": "ALL", "extension_picky": "0",
    "protocol_whitelist": "file,crypto,data",
}  # fmt: skip
DASH = "{urn:mpeg:dash:schema:mpd:2011}"


@pytest.mark.parametrize("name", [name for name in STREAMS if name.startswith("hls")])
def test_hls_decodes_from_end_to_end(streams: StreamMedia, name: str) -> None:
    films = 2 if name == "hls-discontinuity" else 1
    with av.open(str(streams.root / streams.entries[name]), options=LOCAL) as stream:
        assert stream.duration is not None
        assert stream.duration / av.time_base == pytest.approx(SECONDS * films, abs=FRAME)
        seen: dict[int, list[float]] = {s.index: [] for s in stream.streams if s.type in ("video", "audio")}
        for packet in stream.demux(*(stream.streams[index] for index in seen)):
            seen[packet.stream.index] += [frame.time for frame in packet.decode() if frame.time is not None]  # type: ignore[union-attr]
    assert len(seen) == {"hls-fmp4": 4, "hls-audio": 4, "hls-subs": 4, "hls-mp3": 1}.get(name, 2)
    for times in seen.values():
        assert min(times) < 0.1
        assert max(times) == pytest.approx(SECONDS, abs=0.15)


@pytest.mark.parametrize("name", ["dash-number", "dash-timeline"])
def test_every_dash_segment_starts_where_it_should(streams: StreamMedia, name: str) -> None:
    folder = (streams.root / streams.entries[name]).parent
    mpd = ElementTree.parse(folder / "manifest.mpd")
    ids = [found.get("id") for found in mpd.iter(f"{DASH}Representation")]
    assert ids == ["low", "high", "sound"]
    for rendition in ids:
        here = folder / str(rendition)
        parts = sorted(here.glob("*.m4s"), key=lambda path: int(path.stem))
        assert len(parts) == SECONDS / SEGMENT
        for number, part in enumerate(parts):
            assert _starts((here / "init.mp4").read_bytes() + part.read_bytes()) == pytest.approx(
                number * SEGMENT, abs=FRAME
            )
        if name == "dash-timeline":
            track = next(r for r in mpd.iter(f"{DASH}Representation") if r.get("id") == rendition)
            times = [int(str(s.get("t"))) for s in track.iter(f"{DASH}S")]
            assert times == [int(part.stem) for part in parts]


def test_the_index_of_a_dash_file_leads_to_its_segments(streams: StreamMedia) -> None:
    folder = (streams.root / streams.entries["dash-base"]).parent
    for found in ElementTree.parse(folder / "manifest.mpd").iter(f"{DASH}Representation"):
        data = (folder / str(found.findtext(f"{DASH}BaseURL"))).read_bytes()
        base = found.find(f"{DASH}SegmentBase")
        assert base is not None
        start, end = map(int, str(base.get("indexRange")).split("-"))
        sidx = data[start : end + 1]
        assert sidx[4:8] == b"sidx"
        at, head = end + 1, data[:start]
        for number in range(int.from_bytes(sidx[38:40])):
            size = int.from_bytes(sidx[40 + 12 * number : 44 + 12 * number])
            assert _starts(head + data[at : at + size]) == pytest.approx(number * SEGMENT, abs=FRAME)
            at += size
        assert at == len(data)


def test_key_pictures_decode_by_themselves(streams: StreamMedia) -> None:
    folder = streams.root / "hls-fmp4" / "high"
    spans = re.findall(r"#EXT-X-BYTERANGE:(\d+)@0\n(\S+)", (folder / "iframes.m3u8").read_text())
    assert len(spans) == SECONDS / SEGMENT
    for size, name in spans:
        part = (folder / name).read_bytes()[: int(size)]
        with av.open(BytesIO((folder / "init.mp4").read_bytes() + part), "r") as film:
            assert next(film.decode(video=0)).width == 640


def test_cues_stand_in_every_segment_that_they_touch(streams: StreamMedia) -> None:
    texts = [path.read_text() for path in sorted((streams.root / "hls-subs" / "text-en").glob("*.vtt"))]
    assert len(texts) == SECONDS / SEGMENT
    assert all(text.startswith("WEBVTT\nX-TIMESTAMP-MAP=") for text in texts)
    assert sum("-->" in text for text in texts) > 2


def _starts(data: bytes) -> float:
    """The presentation time of what comes first; everything in the file has to decode."""
    with av.open(BytesIO(data), "r") as film:
        stream = film.streams[0]
        times = [packet.dts * packet.time_base for packet in film.demux(stream) if packet.dts is not None]
        film.seek(0)
        assert sum(1 for _ in film.decode(stream)) >= len(times) - 1
        return float(times[0])


def test_nothing_stays_of_the_keys_preparation(streams: StreamMedia) -> None:
    names = {path.name for path in (Path(streams.root) / "hls-aes").iterdir()}
    assert "key.bin" in names
    assert "key.info" not in names


def test_the_film_that_the_demo_carries_is_cut_whole(tmp_path: Path) -> None:
    films = stock(tmp_path)
    assert [film.duration for film in films.values()] == [84, 84]
    with av.open(str(tmp_path / "hls" / "master.m3u8"), options=LOCAL) as stream:
        pictures, sounds = len(stream.streams.video), len(stream.streams.audio)
        assert (stream.duration or 0) / av.time_base == pytest.approx(84, abs=FRAME)
        assert (pictures, sounds) == (2, 1)
        assert sum(1 for packet in stream.demux(video=1) if packet.dts is not None) == 84 * 25
    assert len(list((tmp_path / "dash" / "low").glob("*.m4s"))) == 17
