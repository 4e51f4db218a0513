"""Makes everything in `demo/media/` anew, the same bytes each time: speech, film, captions, transcripts.

The files are committed, because encoding takes minutes and needs what a player does not:

    uv run --no-project --with av --with numpy --with pillow --with espeakng-loader python -m demo.make_media

What it makes of `narration.json` (times are exact, to the sample and the frame):

    river-crossing.mp3 .m4a .ogg     3:48 of speech, and .en.vtt, .html (the transcript)
    river-crossing-fa.mp3 .ogg       1:12 in Persian, and .fa.vtt, .html
    first-light.mp4 .webm            1:24 of film with a burnt-in timecode, .en.vtt, .fa.vtt, .html,
                                     .jpg and -before.jpg (stills of it)
    first-light-low.mp4              the same picture, small and silent: the lower rendition of its streams
    *.chapters.vtt                   of each of the three
    *.peaks.json                     of what is heard; and of the film .thumbnails.vtt with its .thumbnails.jpg
    short.*                          10 s (WAV: 2 s) in each container that the probe knows
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .studio import beside
from .studio.encode import Film, total, write_audio
from .studio.scene import Scene, stamp, timecode
from .studio.speech import RATE, Samples, Sentence, Voice, narrate, place
from .studio.text import captions, transcript

HERE = Path(__file__).parent
MEDIA = HERE / "media"
FRAME_RATE = 25
BUDGET = 6_300_000  # bytes of everything: it travels in the wheel


def main() -> None:
    MEDIA.mkdir(exist_ok=True)
    stories = json.loads((HERE / "narration.json").read_text("utf-8"))

    english, said = _speak(stories["audio"], seed=3)
    tags = {"title": stories["audio"]["title"], "artist": "The Crossing", "album": "Morning edition"}
    write_audio(MEDIA / "river-crossing.mp3", english, "libmp3lame", bit_rate=48_000, tags=tags)
    write_audio(MEDIA / "river-crossing.m4a", english, "aac", bit_rate=40_000, tags=tags)
    write_audio(MEDIA / "river-crossing.ogg", english, "libopus", bit_rate=20_000, rate=48_000, tags=tags)
    _write("river-crossing.en.vtt", captions(said))
    _write("river-crossing.html", transcript(stories["audio"], said))

    persian, said = _speak(stories["audio-fa"], seed=4)
    tags = {"title": stories["audio-fa"]["title"]}
    write_audio(MEDIA / "river-crossing-fa.mp3", persian, "libmp3lame", bit_rate=40_000, tags=tags)
    write_audio(MEDIA / "river-crossing-fa.ogg", persian, "libopus", bit_rate=20_000, rate=48_000, tags=tags)
    _write("river-crossing-fa.fa.vtt", captions(said))
    _write("river-crossing-fa.html", transcript(stories["audio-fa"], said))

    _film(stories["video"])
    _short(english)
    make_beside(stories)

    made = sorted(path for path in MEDIA.iterdir() if path.is_file())
    for path in made:
        print(f"{path.stat().st_size:>9,}  {path.name}")
    print(f"{total(made):>9,}  of {BUDGET:,}")
    if total(made) > BUDGET:
        raise SystemExit("too large")


def _speak(story: dict[str, Any], *, seed: int) -> tuple[Samples, list[Sentence]]:
    voice = Voice(story["voice"], words_a_minute=story["words_a_minute"])
    dry, said = narrate(voice, story["paragraphs"], story["duration"], lead=2.6, tail=3.6)
    return place(dry, seed=seed), said


def _film(story: dict[str, Any]) -> None:
    sound, said = _speak(story, seed=5)
    cues = {"lamps_out": _moment(said, "lamps"), "opens": _moment(said, "opens") + 2.2}
    duration = float(story["duration"])
    film = Film(640, 360, FRAME_RATE, {"title": story["title"]})
    film.mp4(MEDIA / "first-light.mp4", crf=29, audio=32_000)
    film.webm(MEDIA / "first-light.webm", crf=41, audio=20_000)
    film.write(_frames(Scene(640, 360, duration=duration, **cues), duration, size=17), sound)

    large = Scene(1280, 720, duration=duration, **cues)
    for name, moment in (("first-light.jpg", duration - 8), ("first-light-before.jpg", 30.0)):
        Image.fromarray(large.frame(moment)).save(MEDIA / name, quality=78, progressive=True, optimize=True)

    translated = [
        Sentence(text, sentence.start, sentence.end) for text, sentence in zip(story["fa"], said, strict=True)
    ]
    _write("first-light.en.vtt", captions(said))
    _write("first-light.fa.vtt", captions(translated))
    _write("first-light.html", transcript(story, said))


def make_beside(stories: dict[str, Any]) -> None:
    """What is made of the finished files, which need not be made anew for it."""
    for key, name in (("audio", "river-crossing"), ("audio-fa", "river-crossing-fa"), ("video", "first-light")):
        titles = [(float(start), str(title)) for start, title in stories[key]["chapters"]]
        _write(f"{name}.chapters.vtt", beside.chapters(titles, stories[key]["duration"]))
        if key != "video":
            _write(f"{name}.peaks.json", beside.peaks(MEDIA / f"{name}.mp3"))
    told = beside.thumbnails(MEDIA / "first-light.mp4", MEDIA / "first-light.thumbnails.jpg", every=3)
    _write("first-light.thumbnails.vtt", told)
    beside.smaller(MEDIA / "first-light.mp4", MEDIA / "first-light-low.mp4", width=256, height=144, keys=5)


def _short(speech: Samples) -> None:
    """The first ten spoken seconds, in everything."""
    sound = speech[: 10 * RATE].copy()
    sound[-RATE // 20 :] *= np.linspace(1, 0, RATE // 20)
    write_audio(MEDIA / "short.mp3", sound, "libmp3lame", bit_rate=16_000)
    write_audio(MEDIA / "short.ogg", sound, "libopus", bit_rate=12_000, rate=48_000)
    write_audio(MEDIA / "short.aac", sound, "aac", bit_rate=16_000)
    write_audio(MEDIA / "short.flac", sound, "flac", rate=8_000, options={"compression_level": "12"})
    write_audio(MEDIA / "short.wav", sound[2 * RATE : 4 * RATE], "pcm_s16le", rate=8_000)
    film = Film(256, 144, FRAME_RATE, {})  # whole macroblocks: x264 does not always round alike otherwise
    film.mp4(MEDIA / "short.mp4", crf=34, audio=16_000)
    film.webm(MEDIA / "short.webm", crf=48, audio=12_000)
    film.write(_frames(Scene(256, 144, duration=10, lamps_out=3, opens=5), 10, size=15), sound)


def _frames(scene: Scene, duration: float, *, size: int) -> Iterator[NDArray[np.uint8]]:
    for index in range(round(duration * FRAME_RATE)):
        picture = scene.frame(index / FRAME_RATE)
        stamp(picture, timecode(index / FRAME_RATE, FRAME_RATE), (12, 12), size=size)
        yield picture


def _moment(said: Sequence[Sentence], word: str) -> float:
    return next(sentence.start for sentence in said if word in sentence.text)


def _write(name: str, text: str) -> None:
    (MEDIA / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
