"""The demo's media: as long as they say, in the encodings that they are named for, small enough for a wheel."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest

from player import files

MEDIA = files.demo() / "media"

SPEECH = [
    ("river-crossing.mp3", "mp3float", 228.0),
    ("river-crossing.m4a", "aac", 228.0),
    ("river-crossing.ogg", "opus", 228.0),
    ("river-crossing-fa.mp3", "mp3float", 72.0),
    ("river-crossing-fa.ogg", "opus", 72.0),
    ("short.mp3", "mp3float", 10.0),
    ("short.ogg", "opus", 10.0),
    ("short.flac", "flac", 10.0),
    ("short.wav", "pcm_s16le", 2.0),
    ("short.aac", "aac", 10.0),
]
FILMS = [
    ("first-light.mp4", "h264", "aac", 640, 360, 84.0),
    ("first-light.webm", "vp9", "opus", 640, 360, 84.0),
    ("short.mp4", "h264", "aac", 256, 144, 10.0),
    ("short.webm", "vp9", "opus", 256, 144, 10.0),
]


def _decode(path: Path) -> tuple[float, int, float]:
    """Seconds of sound, frames of picture, and the loudest second (root mean square, 1 is full scale)."""
    seconds, frames, square, count, loudest = 0.0, 0, 0.0, 0, 0.0
    with av.open(str(path)) as container:
        streams: Any = container.streams
        to_plain = av.AudioResampler("s16", "mono", 8000)
        for frame in container.decode(*streams):
            if not isinstance(frame, av.AudioFrame):
                frames += 1
                continue
            seconds += frame.samples / frame.sample_rate
            for plain in to_plain.resample(frame):
                samples = memoryview(bytes(plain.planes[0])[: plain.samples * 2]).cast("h")
                square, count = square + sum(s * s for s in samples), count + plain.samples
                if count >= 8000:
                    loudest = max(loudest, (square / count) ** 0.5 / 32768)
                    square, count = 0.0, 0
    return seconds, frames, loudest


@pytest.mark.parametrize(("name", "codec", "duration"), SPEECH)
def test_speech_is_exactly_as_long_as_it_says(name: str, codec: str, duration: float) -> None:
    with av.open(str(MEDIA / name)) as container:
        assert [stream.codec_context.name for stream in container.streams] == [codec]
    seconds, _, loudest = _decode(MEDIA / name)
    # AAC ends with a whole frame of 1024 samples, and ADTS cannot say how much of the first and last is padding.
    assert seconds == pytest.approx(duration, abs=0.09 if name.endswith((".aac", ".m4a")) else 0.0001)
    assert loudest > 0.05, "nobody speaks"


@pytest.mark.parametrize(("name", "picture", "sound", "width", "height", "duration"), FILMS)
def test_films_have_every_frame(name: str, picture: str, sound: str, width: int, height: int, duration: float) -> None:
    with av.open(str(MEDIA / name)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == (picture, sound)
        assert (video.width, video.height, float(video.average_rate or 0)) == (width, height, 25.0)
        assert container.duration == pytest.approx(duration * av.time_base, abs=0.02 * av.time_base)
    seconds, frames, loudest = _decode(MEDIA / name)
    assert frames == duration * 25
    assert seconds == pytest.approx(duration, abs=0.05)
    assert loudest > 0.05, "nobody speaks"


@pytest.mark.parametrize("name", ["first-light.mp4", "river-crossing.m4a", "short.mp4"])
def test_the_index_comes_before_the_media(name: str) -> None:
    data = (MEDIA / name).read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_the_recording_carries_its_title() -> None:
    assert (MEDIA / "river-crossing.mp3").read_bytes().startswith(b"ID3")
    with av.open(str(MEDIA / "river-crossing.mp3")) as container:
        assert container.metadata["title"] == "The river crossing reopens"


def cues(name: str) -> list[tuple[float, float, str]]:
    """What a WebVTT file says: (start, end, text)."""
    head, *blocks = (MEDIA / name).read_text("utf-8").strip().split("\n\n")
    assert head == "WEBVTT"
    found = []
    for block in blocks:
        times, _, words = block.partition("\n")
        start, end = (
            sum(float(part) * 60**power for power, part in enumerate(reversed(clock.split(":"))))
            for clock in times.split(" --> ")
        )
        found.append((start, end, words))
    return found


def test_captions_stay_inside_the_film_and_have_the_same_times_in_both_languages() -> None:
    english, persian = cues("first-light.en.vtt"), cues("first-light.fa.vtt")
    for cue_list in (english, persian):
        assert all(0 <= start < end <= 84 for start, end, _ in cue_list)
        assert all(earlier[1] <= later[0] for earlier, later in pairwise(cue_list))
        assert all(len(line) <= 42 for _, _, words in cue_list for line in words.split("\n"))
    assert {start for start, _, _ in persian} <= {start for start, _, _ in english}


@pytest.mark.parametrize(
    ("name", "duration"), [("first-light", 84), ("river-crossing", 228), ("river-crossing-fa", 72)]
)
def test_chapters_fill_the_whole_time(name: str, duration: float) -> None:
    found = cues(f"{name}.chapters.vtt")
    assert (found[0][0], found[-1][1]) == (0, duration)
    assert all(earlier[1] == later[0] for earlier, later in pairwise(found))
    assert all(title for _, _, title in found)


def test_every_moment_of_the_film_has_its_own_part_of_the_sprite() -> None:
    found = cues("first-light.thumbnails.vtt")
    assert (found[0][0], found[-1][1]) == (0, 84)
    assert all(earlier[1] == later[0] for earlier, later in pairwise(found))
    with av.open(str(MEDIA / "first-light.thumbnails.jpg")) as container:
        width, height = container.streams.video[0].width, container.streams.video[0].height
    parts = [text.removeprefix("first-light.thumbnails.jpg#xywh=").split(",") for _, _, text in found]
    assert len({tuple(part) for part in parts}) == len(parts)
    for x, y, wide, high in ((int(number) for number in part) for part in parts):
        assert x + wide <= width and y + high <= height


@pytest.mark.parametrize("name", ["river-crossing", "river-crossing-fa"])
def test_the_peaks_are_as_loud_as_the_recording(name: str) -> None:
    told = json.loads((MEDIA / f"{name}.peaks.json").read_text("utf-8"))
    assert len(told["data"]) == 2 * told["length"]
    assert 40 < max(map(abs, told["data"])) <= 128
    assert max(map(abs, told["data"][:8])) < 25, "nobody speaks in the first second"


def test_the_poster_is_a_picture_of_the_right_size() -> None:
    with av.open(str(MEDIA / "first-light.jpg")) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (1280, 720)


def test_everything_fits_into_a_wheel() -> None:
    assert sum(path.stat().st_size for path in MEDIA.iterdir()) <= 6_300_000
