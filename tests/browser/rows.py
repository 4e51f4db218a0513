"""The fault matrix: what breaks, where, and how long the reader is left waiting; shared by the tests and the bench.

Each row is played twice: alone, where the player must get on by itself or say why not, and with a second, sound
source on another server. A page is watched from within, ten times a second: what is measured is what a reader would
notice, the longest silence after play was pressed, and how far the story jumped.
"""

from __future__ import annotations

import shutil
import threading
import time
import wave
from array import array
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import av

from demo.live import Live
from demo.origin import RunningOrigin, run_origin
from demo.streams import make, prepare
from tests.browser.engines import PlaywrightTab
from tests.browser.stage import Stage
from tests.secure import Doors, run_doors

SECONDS, SEGMENT = 24.0, 2.0
SPOKEN, FILM = "river-crossing.mp3", "first-light.mp4"
# Plain samples: WebKitGTK begins when it has its fill, a megabyte or so, which would be minutes of speech.
TONE, TONE_RATE, SOME = "tone.wav", 192_000, 1_000_000
TS, FMP4, AES = "hls-ts/index.m3u8", "hls-fmp4/master.m3u8", "hls-aes/index.m3u8"
LIVE = "live/master.m3u8"
UNKNOWN = "unknown-codec.mp4"
NOWHERE = "http://media.invalid/"

# Every tenth of a second: when, where in the story, which source, the phase, the reason. What has ended is not heard
# elsewhere, though of a file that was cut WebKit's position is the end of the whole.
WATCH = """(() => {
  window.trace = [];
  setInterval(() => {
    const media = spy.media(), player = spy.player();
    const at = media.ended ? (trace.at(-1)?.[1] ?? 0) : media.currentTime;
    trace.push([performance.now() / 1000, at, media.currentSrc, player.phase, player.reason]);
  }, 100);
})()"""


@dataclass(frozen=True, slots=True)
class Row:
    """`faults` by path on the first server, set before the page opens, or, where `during`, once it has played for two
    seconds; `heals` so many seconds after they have been met. `reaches`: when so much of the story has been heard
    the fault is behind. `alone`: what is expected where there is no second source: "plays", or the reason told."""

    name: str
    first: str
    alone: str
    faults: Mapping[str, str] = field(default_factory=dict)
    during: Callable[[Scene], None] | None = None
    heals: float | None = None
    reaches: float = 4.0
    kind: str = "video"
    duration: float | None = None
    secure: bool = False
    second: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`silence`: the longest that nothing moved, in seconds. `told`: the reason, if the player gave up, and `after` how
    long that took from the fault (from play, where it was there before). `jump`: how far the story jumped at most, in
    seconds; `source`: what was heard in the end; `again`: how often the story went back."""

    silence: float
    jump: float
    source: str
    told: str | None
    after: float
    again: int


@dataclass(slots=True)
class Scene:
    """Two servers with the same media. What the row breaks is on the first."""

    first: RunningOrigin
    second: RunningOrigin
    live: Live
    doors: Doors
    stage: Stage | None = None

    def clear(self) -> None:
        self.first.clear()
        self.first.accept()
        self.live.go()

    def heal_later(self, seconds: float) -> threading.Timer:
        timer = threading.Timer(seconds, self.clear)
        timer.daemon = True
        timer.start()
        return timer

    def everything(self, fault: str) -> dict[str, str]:
        """The fault for each file that the first server has."""
        root = self.first.root
        return {str(path.relative_to(root)): fault for path in root.rglob("*") if path.is_file()}


def _offline(scene: Scene) -> None:
    stage = scene.stage
    assert stage
    if isinstance(stage.tab, PlaywrightTab):
        stage.page.context.set_offline(True)
        stage.tab.pause(15)
        stage.page.context.set_offline(False)
        return
    # A driver without a switch for it: nobody can be reached, and nobody tells the browser.
    for origin in (scene.first, scene.second):
        origin.refuse()
    stage.tab.pause(15)
    for origin in (scene.first, scene.second):
        origin.accept()


def _reset(scene: Scene) -> None:
    scene.first.set_fault(TONE, f"reset={SOME}")


ROWS = [
    Row("first segment 404", TS, "plays", {"hls-ts/0.ts": "404"}),
    Row("middle segment 404", TS, "plays", {"hls-ts/2.ts": "404"}, reaches=8),
    Row("one rendition dead", FMP4, "plays", {f"hls-fmp4/high/{n}": "404" for n in ("init.mp4", "0.m4s", "1.m4s")}),
    Row("playlist 500, then good", TS, "plays", {TS: "500"}, heals=3),
    Row("playlist frozen", LIVE, "stalled", during=lambda scene: scene.live.freeze(), reaches=14),
    Row("key 403", AES, "told", {"hls-aes/key.bin": "403"}),
    Row("init missing", FMP4, "told", {f"hls-fmp4/{name}/init.mp4": "404" for name in ("low", "high")}),
    Row("tarpit", SPOKEN, "told", {SPOKEN: "tarpit"}, kind="audio"),
    Row("tarpit, playlist", TS, "told", {TS: "tarpit"}),
    Row("tarpit, middle segment", TS, "told", {"hls-ts/2.ts": "tarpit"}, reaches=8),
    Row("20 kB/s link", "high.mp4", "plays", {"high.mp4": "slow=20000"}, reaches=6),
    Row("reset mid-segment", TS, "plays", {"hls-ts/2.ts": "reset=20000"}, heals=8, reaches=8),
    Row("reset mid-file", TONE, "plays", {TONE: f"stall={SOME}"}, _reset, heals=15, reaches=10, kind="audio"),
    Row("offline 15 s", TONE, "plays", {TONE: f"slow={TONE_RATE * 11 // 10}"}, _offline, reaches=16, kind="audio"),
    Row("DNS gone", NOWHERE + SPOKEN, "told", kind="audio"),
    Row("DNS gone, stream", NOWHERE + TS, "told"),
    Row("codec not known", UNKNOWN, "told", second=FILM),
    Row("truncated MP4", FILM, "told", {FILM: "truncated=150000"}, duration=84, reaches=20),
    Row("CORS missing", TS, "told", {"*": "no-cors"}),
    Row("mixed content", FILM, "mixed-content", secure=True),
]


def make_media(folder: Path, media: Path) -> None:
    """What the rows play, in one folder."""
    make(folder, ["hls-ts", "hls-fmp4", "hls-aes"], seconds=SECONDS, segment=SEGMENT)
    for name in (SPOKEN, FILM):
        shutil.copy(media / name, folder)
    make_unknown(folder / UNKNOWN)
    make_tone(folder / TONE)
    with (
        av.open(str(folder / "hls-fmp4/high/index.m3u8")) as source,
        av.open(str(folder / "high.mp4"), "w", options={"movflags": "faststart"}) as out,
    ):
        streams = {stream.index: out.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                out.mux(packet)


def make_tone(path: Path, seconds: int = 40) -> None:
    """Samples that differ from second to second, so that no two places sound alike."""
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, TONE_RATE // 4, 0, "NONE", ""))
        for number in range(seconds):
            file.writeframes(array("h", (number * 100 + 50 * (at % 200) for at in range(TONE_RATE // 2))).tobytes())


def make_unknown(path: Path) -> None:
    """Ten seconds of MPEG-4 part 2, which no browser has played in years."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        for _ in range(100):
            frame = av.VideoFrame(160, 90, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


@contextmanager
def scene(folder: Path, media: Path) -> Iterator[Scene]:
    make_media(folder, media)
    films = prepare(folder / ".live", seconds=12, segment=1.0).films
    with ExitStack() as stack:
        first, second = (stack.enter_context(run_origin(folder)) for _ in range(2))
        live, sound = (Live(films, segment=1.0, window=10.0) for _ in range(2))
        first.mount("live", live)
        second.mount("live", sound)
        yield Scene(first, second, live, stack.enter_context(run_doors(folder)))


def play(row: Row, scene: Scene, stage: Stage, *, alone: bool, patience: float = 60) -> Outcome:
    """Plays one row, and says what the reader would have noticed."""
    scene.stage = stage
    scene.clear()
    for path, fault in (scene.everything("no-cors") if "*" in row.faults else row.faults).items():
        scene.first.set_fault(path, fault)
    first = row.first if "://" in row.first else scene.first.url(row.first)
    second = scene.second.url(row.second or row.first.removeprefix(NOWHERE))
    if row.secure:
        second = _by_https(stage, scene, second)
    sources = [first] if alone else [first, second]
    stage.allow_engines()
    _allow(stage, scene)
    fields: dict[str, Any] = {"id": "row", "kind": row.kind, "lifecycle": "published", "duration": row.duration}
    manifest = {**fields, "sources": [{"src": src} for src in sources]}
    stage.backend.tell("row", {name: value for name, value in manifest.items() if value is not None})
    timer: threading.Timer | None = None
    stage.open((stage.audio if row.kind == "audio" else stage.video)(media="row"))
    stage.evaluate(WATCH)
    # What is known to be hopeless is told before anybody presses who has seen the page for a moment.
    stage.until("performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/media/row'))")
    stage.tab.pause(0.3)
    stage.until("spy.player().phase === 'unavailable' || spy.shown('.pill') || spy.shown('.play')")
    pressed = broke = stage.evaluate("performance.now() / 1000")
    if stage.evaluate("spy.player().phase") != "unavailable":
        stage.play()
    try:
        if row.heals:
            timer = scene.heal_later(row.heals)
        if row.during:
            stage.until("spy.media().currentTime > 2 && !spy.media().paused", timeout=30)
            broke = stage.evaluate("performance.now() / 1000")
            row.during(scene)
        return _watch(stage, row, (pressed, broke), patience)
    finally:
        if timer:
            timer.cancel()
        scene.clear()


def _watch(stage: Stage, row: Row, since: tuple[float, float], patience: float) -> Outcome:
    until = time.monotonic() + patience
    while True:
        heard = heard_seconds(stage.evaluate("trace"))
        phase, reason = stage.evaluate("[spy.player().phase, spy.player().reason]")
        told = reason if phase in ("failed", "unavailable") else None
        if told or heard >= row.reaches or time.monotonic() > until:
            break
        stage.tab.pause(0.2)
    pressed, broke = since
    trace = stage.evaluate("trace")
    silence, jump = silences(trace, pressed)
    source = str(stage.evaluate("spy.media().currentSrc"))
    if not told and heard < row.reaches:
        told = "nothing"
    ends = (at for at, _, _, phase, _ in trace if at > pressed and phase in ("failed", "unavailable"))
    after = next(ends, stage.evaluate("performance.now() / 1000")) - broke
    return Outcome(silence, jump, source, told, after, heard_again(trace))


def heard_seconds(trace: list[list[Any]]) -> float:
    """How much of the story has been heard: jumps do not count."""
    steps = (after[1] - before[1] for before, after in pairwise(trace))
    return float(sum(step for step in steps if 0 < step < 1))


def heard_again(trace: list[list[Any]]) -> int:
    """How often the story went back, by more than a beginning anew may cost."""
    return sum(0 < after[1] < before[1] - 0.5 for before, after in pairwise(trace))


def silences(trace: list[list[Any]], pressed: float) -> tuple[float, float]:
    """The longest time that nothing was heard since play was pressed; and the widest jump."""
    longest = widest = 0.0
    last, place = pressed, 0.0
    for at, position, *_ in trace:
        if at < pressed or position == 0:
            continue
        if position != place:
            longest = max(longest, at - last)
            step = position - place - (0 if at - last > 0.5 else at - last)
            widest = max(widest, abs(step)) if place else widest
            last, place = at, position
    return max(longest, trace[-1][0] - last if trace else 0.0), widest


def _allow(stage: Stage, scene: Scene) -> None:
    for origin in (scene.first, scene.second):
        stage.also_media_from(f"http://127.0.0.1:{origin.port}")
    stage.also_media_from(NOWHERE.rstrip("/"))


def _by_https(stage: Stage, scene: Scene, source: str) -> str:
    """The page, the player and this source by doors of TLS; the source's address there."""
    plain = scene.second.url("").rstrip("/")
    stage.article = replace(stage.article, url=scene.doors(stage.article.url))
    stage.player, media = scene.doors(stage.player), scene.doors(plain)
    stage.also_media_from(media)
    return source.replace(plain, media)


def problem(row: Row, outcome: Outcome, *, alone: bool) -> str:
    """What is wrong with an outcome; empty where it is as it should be."""
    if outcome.told == "nothing":
        return "neither plays nor says why not"
    if alone:
        if outcome.again > 1:
            return "tells the same again and again"
        if row.alone == "plays":
            return "gave up" if outcome.told else ""
        if not outcome.told:
            return "" if row.alone == "told" else "says nothing"
        return "" if row.alone in ("told", outcome.told) else f"{row.alone} expected"
    if outcome.told:
        return "gave up with a sound source left"
    if outcome.silence > 5 + (15 if row.during is _offline else 0):
        return "too long"
    # What is live goes on where it is by now.
    return "jumped" if outcome.jump > 1.5 and row.first != LIVE else ""


def words(outcome: Outcome) -> str:
    """An outcome in a table's cell."""
    if outcome.told:
        return f"{outcome.told} after {outcome.after:.1f} s"
    return f"{outcome.silence:.1f} s" + (f", jump {outcome.jump:.1f} s" if outcome.jump > 1.5 else "")
