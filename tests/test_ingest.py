"""Of one file everything that an item needs: real files in, real players' view of what comes out."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.streams import MEDIA, prepare
from player.catalogue.media import Kind, Media
from player.ingest.ladder import Tell, rungs
from player.ingest.parts import Busy, Parts
from player.ingest.run import BadInput, Description, Options, look, make
from tests.clips import make_clip

LOCAL = {
    "allowed_extensions": "ALL", "allowed_segment_extensions": "ALL", "extension_picky": "0",
    "protocol_whitelist": "file",
}  # fmt: skip
SECONDS = 6
HERE = "https://media.example.org/clips"


@contextmanager
def no_bar(name: str, length: float) -> Iterator[Tell]:
    yield lambda done: None


def run(file: Path, folder: Path, *, kind: Kind | None = None, **options: Any) -> Media:
    said = Description("bridge", "The bridge", "en", HERE)
    return make(look(file, kind), Options(segment=2.0, **options), folder, said, no_bar)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """640 by 360, six seconds, key pictures where they do not help."""
    return prepare(tmp_path_factory.mktemp("film"), seconds=SECONDS, segment=5.0).files["high"]


@pytest.fixture(scope="module")
def made(film: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Media]:
    folder = tmp_path_factory.mktemp("made") / "bridge"
    return folder, run(film, folder)


def times(playlist: Path, kind: str = "video") -> tuple[list[float], list[float]]:
    """When the frames of a rendition are shown, and which of them are key pictures."""
    with av.open(str(playlist), "r", options=LOCAL) as found:
        frames = [frame for frame in found.decode(**{kind: 0}) if isinstance(frame, av.VideoFrame | av.AudioFrame)]
    keys = [frame for frame in frames if getattr(frame, "key_frame", False)]
    return [round(frame.time or 0, 3) for frame in frames], [round(frame.time or 0, 3) for frame in keys]


def size(picture: Path) -> tuple[int, int]:
    with av.open(str(picture)) as found:
        return found.streams.video[0].width, found.streams.video[0].height


def grey(film: Path, wide: int, high: int) -> list[list[int]]:
    """The first picture, small, in rows."""
    with av.open(str(film), "r") as found:
        plane = next(found.decode(video=0)).reformat(wide, high, "gray").planes[0]
    return [list(bytes(plane)[row * plane.line_size :][:wide]) for row in range(high)]


def test_the_catalogue_is_told_of_everything(made: tuple[Path, Media]) -> None:
    _, item = made
    assert (item.id, item.kind, item.title, item.lang) == ("bridge", Kind.VIDEO, "The bridge", "en")
    assert item.duration == pytest.approx(SECONDS, abs=0.05)
    assert [(s.src, s.type, s.width) for s in item.sources] == [
        (f"{HERE}/bridge/hls/master.m3u8", "application/vnd.apple.mpegurl", 640),
        (f"{HERE}/bridge/film.mp4", "video/mp4", 640),
    ]
    assert {track.kind: track.src for track in item.tracks} == {
        "thumbnails": f"{HERE}/bridge/thumbnails/index.vtt",
        "waveform": f"{HERE}/bridge/peaks.json",
    }
    assert item.poster == f"{HERE}/bridge/poster.jpg"


def test_the_ladder_is_cut_at_the_same_moments(made: tuple[Path, Media]) -> None:
    folder, _ = made
    with av.open(str(folder / "hls" / "master.m3u8"), "r", options=LOCAL) as master:
        assert sorted(stream.height for stream in master.streams.video) == [240, 360]
        assert len(master.streams.audio) == 1
    large, small = (times(folder / "hls" / name / "index.m3u8") for name in ("360", "240"))
    assert large == small
    assert len(large[0]) == SECONDS * 25
    assert [after - before for before, after in pairwise(large[1])] == [2.0, 2.0]
    heard = times(folder / "hls" / "sound" / "index.m3u8", "audio")[0]
    assert heard[-1] == pytest.approx(large[0][-1], abs=0.1)


def test_every_segment_begins_with_a_key_picture(made: tuple[Path, Media]) -> None:
    folder = made[0] / "hls" / "240"
    head = (folder / "init.mp4").read_bytes()
    for part in folder.glob("*.m4s"):
        whole = folder.parent / f"{part.stem}.mp4"
        whole.write_bytes(head + part.read_bytes())
        with av.open(str(whole), "r") as found:
            first = next(found.demux(video=0))
            assert first.is_keyframe
        whole.unlink()


def test_the_master_says_what_a_network_must_carry(made: tuple[Path, Media]) -> None:
    folder, _ = made
    told = (folder / "hls" / "master.m3u8").read_text()
    for peak, name in re.findall(r"[:,]BANDWIDTH=(\d+).*\n(\d+)/index", told):
        heaviest = max(part.stat().st_size for part in (folder / "hls" / name).glob("*.m4s"))
        sound = max(part.stat().st_size for part in (folder / "hls" / "sound").glob("*.m4s"))
        assert int(peak) == pytest.approx((heaviest + sound) * 8 / 2, rel=0.2)
    assert re.findall(r'CODECS="(.*?)"', told)[0].startswith("avc1.4d")


def test_there_is_a_film_for_browsers_without_hls(made: tuple[Path, Media]) -> None:
    data = (made[0] / "film.mp4").read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")
    with av.open(str(made[0] / "film.mp4"), "r") as found:
        assert sum(1 for _ in found.decode(video=0)) == SECONDS * 25
        assert (found.duration or 0) / av.time_base == pytest.approx(SECONDS, abs=0.15)


def test_thumbnails_cover_the_film_and_lie_in_the_sprite(made: tuple[Path, Media]) -> None:
    folder = made[0] / "thumbnails"
    width, height = size(folder / "sprite.jpg")
    cues = re.findall(
        r"00:00:(.*) --> 00:00:(.*)\nsprite.jpg#xywh=(\d+),(\d+),(\d+),(\d+)", (folder / "index.vtt").read_text()
    )
    assert (cues[0][0], cues[-1][1]) == ("00.000", f"{made[1].duration:06.3f}")
    assert all(before[1] == after[0] for before, after in pairwise(cues))
    for x, y, wide, high in (map(int, cue[2:]) for cue in cues):
        assert (wide, high) == (160, 90)
        assert x + wide <= width and y + high <= height
    assert size(made[0] / "poster.jpg") == (640, 360)


def test_peaks_are_those_of_the_sound(tmp_path: Path) -> None:
    run(make_clip(tmp_path / "tone.mp3", 3), tmp_path / "bridge")
    told = json.loads((tmp_path / "bridge" / "peaks.json").read_text())
    assert (told["version"], told["channels"], told["bits"]) == (2, 1, 8)
    assert len(told["data"]) == 2 * told["length"]
    assert told["length"] * told["samples_per_pixel"] / told["sample_rate"] == pytest.approx(3, abs=0.15)
    inside = told["data"][10:-10]
    # The tone's amplitude is 6000 of 32768.
    assert max(inside) == pytest.approx(23, abs=3)
    assert min(inside) == pytest.approx(-24, abs=3)


def test_long_sounds_have_no_more_peaks_than_a_timeline_shows(tmp_path: Path) -> None:
    run(MEDIA / "river-crossing-fa.mp3", tmp_path / "bridge")
    told = json.loads((tmp_path / "bridge" / "peaks.json").read_text())
    assert 500 <= told["length"] <= 1000


def test_a_recording_becomes_aac_and_mp3(tmp_path: Path) -> None:
    item = run(MEDIA / "short.ogg", tmp_path / "bridge")
    assert item.kind is Kind.AUDIO
    assert item.poster is None
    assert [source.type for source in item.sources] == ["audio/mp4", "audio/mpeg"]
    for source in item.sources:
        path = tmp_path / "bridge" / source.src.rpartition("/")[2]
        assert source.size == path.stat().st_size
        with av.open(str(path)) as found:
            assert (found.duration or 0) / av.time_base == pytest.approx(10, abs=0.1)


def test_a_film_can_become_a_recording(film: Path, tmp_path: Path) -> None:
    item = run(film, tmp_path / "bridge", kind=Kind.AUDIO)
    assert item.kind is Kind.AUDIO
    assert {path.name for path in (tmp_path / "bridge").glob("*.*")} >= {"audio.m4a", "audio.mp3", "peaks.json"}
    assert not (tmp_path / "bridge" / "hls").exists()


def test_a_film_that_lies_on_its_side_is_turned_upright(film: Path, tmp_path: Path) -> None:
    upright, quarter = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30), (0, 1 << 16, 0, -(1 << 16), 0)
    data = film.read_bytes()
    at = data.index(upright, data.index(b"tkhd"))
    turned = tmp_path / "turned.mp4"
    turned.write_bytes(data[:at] + struct.pack(">9i", *quarter, 0, 0, 0, 1 << 30) + data[at + 36 :])
    item = run(turned, tmp_path / "bridge", most=240)
    assert (item.sources[0].width, item.sources[0].height) == (240, 426)
    assert size(tmp_path / "bridge" / "poster.jpg") == (360, 640)
    with av.open(str(tmp_path / "bridge" / "film.mp4")) as found:
        assert (found.streams.video[0].width, found.streams.video[0].height) == (240, 426)
    # The matrix takes what is on the right to the bottom: a quarter turn clockwise.
    was, now = grey(film, 64, 36), grey(tmp_path / "bridge" / "film.mp4", 36, 64)
    turned_right = [was[35 - column][row] for row in range(64) for column in range(36)]
    difference = [abs(a - b) for a, b in zip(turned_right, chain.from_iterable(now), strict=True)]
    assert sum(difference) / len(difference) < 8


def test_a_broadcast_that_starts_late_starts_at_zero(tmp_path: Path) -> None:
    file = tmp_path / "late.ts"
    with (
        av.open(str(MEDIA / "short.mp4")) as film,
        av.open(str(file), "w", options={"output_ts_offset": "1000"}) as out,
    ):
        streams = {stream.index: out.add_stream_from_template(stream) for stream in film.streams}
        for packet in film.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                out.mux(packet)
    item = run(file, tmp_path / "bridge")
    assert item.duration == pytest.approx(10, abs=0.2)
    shown, keys = times(tmp_path / "bridge" / "hls" / "144" / "index.m3u8")
    assert shown[0] < 0.2
    assert len(keys) == 5


def test_a_film_without_sound_has_no_waveform(tmp_path: Path) -> None:
    item = run(MEDIA / "first-light-low.mp4", tmp_path / "bridge", most=120)
    assert [track.kind for track in item.tracks] == ["thumbnails"]
    assert "AUDIO" not in (tmp_path / "bridge" / "hls" / "master.m3u8").read_text()


def bad(folder: Path) -> dict[str, Path]:
    clip = (MEDIA / "short.mp4").read_bytes()
    moov = clip.index(b"moov") - 4
    files = {
        "nothing": b"",
        "words": b"These are words, and no film.\n" * 400,
        "page": b"<!doctype html><html><body>Sign in</body></html>",
        "cut.mp4": clip[: len(clip) // 2],
        "headless.mp4": clip[:moov] + b"\0" * 5000,
        "list.m3u8": b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://127.0.0.1:9/0.ts\n#EXT-X-ENDLIST\n",
        "list.mp4": b"ffconcat version 1.0\nfile '/etc/hostname'\n",
        "noise.mp3": b"ID3\4\0\0\0\0\0\0" + bytes(range(256)) * 40,
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return {name: folder / name for name in (*files, "missing.mp4", ".")}


@pytest.mark.parametrize(
    "name",
    [
        *(
            "nothing",
            "words",
            "page",
            "cut.mp4",
            "headless.mp4",
            "list.m3u8",
            "list.mp4",
            "noise.mp3",
            "missing.mp4",
            ".",
        )
    ],
)
def test_what_cannot_be_read_is_refused_by_name(tmp_path: Path, name: str) -> None:
    file = bad(tmp_path)[name]
    with pytest.raises(BadInput) as refused:
        run(file, tmp_path / "bridge")
    assert str(file) in str(refused.value)
    assert not (tmp_path / "bridge" / "hls" / "master.m3u8").exists()


def test_nothing_half_written_is_left_where_a_player_could_find_it(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        run(bad(tmp_path)["cut.mp4"], tmp_path / "bridge")
    left = {path.name for path in (tmp_path / "bridge").iterdir()}
    assert left <= {".lock", "ingest.json", "poster.jpg", "thumbnails", "peaks.json"}


@given(st.integers(2, 8192), st.integers(2, 8192), st.integers(120, 2160))
def test_no_rung_is_larger_than_the_film(width: int, height: int, most: int) -> None:
    made = rungs(width, height, most=most)
    assert made
    for rung in made:
        assert rung.width <= width + 1 and rung.height <= height + 1
        assert min(rung.width, rung.height) <= most + 1
        assert rung.width % 2 == rung.height % 2 == 0
        assert rung.bits >= 100_000
    assert [rung.bits for rung in made] == sorted((rung.bits for rung in made), reverse=True)
    assert len({rung.name for rung in made}) == len(made)


def test_the_usual_sizes_make_the_usual_ladder() -> None:
    assert [rung.name for rung in rungs(1920, 1080)] == ["1080", "720", "480", "360", "240"]
    assert [rung.name for rung in rungs(3840, 2160)] == ["1080", "720", "480", "360", "240"]
    assert [rung.name for rung in rungs(720, 1280)] == ["720", "480", "360", "240"]
    assert [rung.name for rung in rungs(1024, 576)] == ["576", "480", "360", "240"]
    assert [rung.name for rung in rungs(854, 484)] == ["484", "360", "240"]


def test_finished_parts_are_not_made_again(tmp_path: Path) -> None:
    parts = Parts(tmp_path, {"size": 1})
    with parts.open():
        assert parts.make("a/", lambda to: (to / "x").write_text("1") and {"n": 1})
        with pytest.raises(ZeroDivisionError):
            parts.make("b.txt", lambda to: to.write_text("half") / 0)
    again = Parts(tmp_path, {"size": 1})
    with again.open():
        assert not again.make("a/", lambda to: pytest.fail("made again"))
        assert again.facts("a/") == {"n": 1}
        assert again.make("b.txt", lambda to: to.write_text("whole"))
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "a", "b.txt", "ingest.json"]


def test_another_file_is_made_anew(tmp_path: Path) -> None:
    for of in ({"size": 1}, {"size": 2}):
        parts = Parts(tmp_path, of)
        with parts.open():
            assert parts.make("a.txt", lambda to, of=of: to.write_text(str(of)) and None)  # type: ignore[misc]
    assert (tmp_path / "a.txt").read_text() == "{'size': 2}"


def test_two_do_not_work_on_one_item(tmp_path: Path) -> None:
    with Parts(tmp_path, {}).open(), pytest.raises(Busy), Parts(tmp_path, {}).open():
        pass


def test_a_record_that_makes_no_sense_is_started_anew(tmp_path: Path) -> None:
    (tmp_path / "ingest.json").write_text('{"version": 1, "parts": [1')
    parts = Parts(tmp_path, {})
    with parts.open():
        assert parts.make("a.txt", lambda to: to.write_text("1") and None)
