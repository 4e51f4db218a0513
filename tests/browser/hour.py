"""An hour of a live stream with a fault every minute, compressed where it is made: a minute of the stream's life, its
segments, its playlists and its fault, takes `minute` seconds. The player and its clocks are left as they are.
"""

from __future__ import annotations

import itertools
import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

from demo.live import Live
from demo.origin import RunningOrigin
from tests.browser.heap import Heap, Held
from tests.browser.stage import Stage

MINUTE = 15.0
SEGMENT = 1.0
WINDOW = 12.0
# How long a fault lasts, of its minute; then the server is sound again.
LASTS = 0.25
# Seconds until an engine has as much behind the playhead as it keeps there (60 s), and more than that.
FULL = 90.0
# What an engine plays can be sought in up to what is newest.
BEHIND = "spy.media().seekable.length && spy.media().seekable.end(0) - spy.media().currentTime"
HEARD = "!spy.media().paused && spy.media().readyState > 2"
STATE = "[spy.player().phase, spy.player().reason, spy.player().survive.hopeful(), spy.media().readyState, spy.phases]"
KINDS = ("segment 404", "segment reset", "playlist 500", "playlist 404", "frozen", "segment tarpit", "refused")

# How much has been played, leaps left out.
PLAYED = """(window.played = 0, window.last = 0, document.addEventListener('timeupdate', ({ target }) => {
  const step = target.currentTime - last;
  if (step > 0 && step < 1.5) played += step;
  last = target.currentTime;
}, true))"""
# How often the page gave up; the spy's notes are emptied.
TAKEN = "(spy.heard.length = 0, spy.phases.splice(0).filter(({ phase }) => phase === 'failed').length)"
Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Hour:
    """`heap`: what is still held at the end of each minute of an early round of faults and of the last one; in the
    first round code is met for the first time, and buffers fill. `behind`: seconds behind the newest at each minute's
    end; `media`: how many seconds were played; `gave_up`: how often the page said that nothing can be played;
    `seconds`: how long it took."""

    minutes: int
    heap: tuple[Held, ...]
    behind: tuple[float, ...]
    media: float
    gave_up: int
    seconds: float

    @property
    def drift(self) -> float:
        """At the end, beside the middle of the first tenth."""
        return self.behind[-1] - median(self.behind[: max(1, len(self.behind) // 10)])

    def held(self, last: bool) -> Held:
        """In the middle of one of the two rounds."""
        seen = self.heap[len(KINDS) :] if last else self.heap[: len(KINDS)]
        return Held(round(median(one.whole for one in seen)), round(median(one.data for one in seen)))

    @property
    def growth(self) -> float:
        return self.held(last=True).data / self.held(last=False).data - 1


def faults(origin: RunningOrigin, live: Live) -> Iterator[str]:
    """Breaks something each time it is asked, and says what."""
    for kind in itertools.cycle(KINDS):
        playlist, segment = "live/low/index.m3u8", f"live/low/{live.newest + 1}.m4s"
        for name in ("low", "high"):
            target = (segment if kind.startswith("segment") else playlist).replace("low", name)
            if kind not in ("frozen", "refused"):
                origin.set_fault(target, {"reset": "reset=2000"}.get(kind.split()[1], kind.split()[1]))
        if kind == "frozen":
            live.freeze()
        if kind == "refused":
            origin.refuse()
        yield kind


def heal(origin: RunningOrigin, live: Live) -> None:
    origin.clear()
    origin.accept()
    live.go()


def play(
    stage: Stage, origin: RunningOrigin, live: Live, minutes: int = 60, minute: float = MINUTE, say: Say = print
) -> Hour:
    stage.allow_engines()
    stage.also_media_from(f"http://127.0.0.1:{origin.port}")
    source = {"src": origin.url("live/master.m3u8"), "engine": True}
    stage.backend.tell("tv", {"id": "tv", "kind": "video", "lifecycle": "live", "sources": [source]})
    stage.open(stage.video(media="tv"))
    stage.play()
    stage.until("spy.media().currentTime > 1 && spy.media().readyState > 2", timeout=40)
    heap = Heap(stage)
    heaps: list[Held] = []
    gave_up = 0
    behind: list[float] = []
    broken = faults(origin, live)
    early = max(len(KINDS), math.ceil(FULL / minute))
    stage.evaluate(PLAYED)
    started = time.monotonic()
    for number in range(1, minutes + 1):
        kind = next(broken)
        stage.tab.pause(LASTS * minute)
        heal(origin, live)
        stage.tab.pause((1 - LASTS) * minute)
        try:
            stage.until(HEARD, timeout=40)
        except AssertionError as silent:
            raise AssertionError(f"minute {number}, {kind}: {stage.evaluate(STATE)}") from silent
        # What the spy has heard is no part of the player.
        gave_up += stage.evaluate(TAKEN)
        behind.append(float(stage.until(BEHIND)))
        if early < number <= early + len(KINDS) or number > minutes - len(KINDS):
            heaps.append(heap.held())
            kind += f", {heaps[-1]}"
        say(f"minute {number}, {kind}: {behind[-1]:.1f} s behind")
    played = float(stage.evaluate("played"))
    return Hour(minutes, tuple(heaps), tuple(behind), played, gave_up, time.monotonic() - started)


def words(hour: Hour) -> str:
    first, last = hour.held(last=False), hour.held(last=True)
    return json.dumps(
        {
            "minutes": hour.minutes, "took s": round(hour.seconds), "played s": round(hour.media),
            "data kB": [round(held.data / 1000) for held in (first, last)],
            "heap kB": [round(held.whole / 1000) for held in (first, last)], "growth %": round(hour.growth * 100, 1),
            "behind s": [round(time, 1) for time in (hour.behind[0], median(hour.behind), max(hour.behind))],
            "drift s": round(hour.drift, 1), "gave up": hour.gave_up,
        }
    )  # fmt: skip
