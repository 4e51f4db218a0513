"""A live stream without an encoder: films played in a loop, by the wall clock, as HLS and as DASH.

    live = Live(films, segment=1.0, window=10.0)
    origin.mount("live", live)             # live/master.m3u8, live/manifest.mpd
    live.freeze(); live.back(2); live.end(); live.go()

The timeline goes on through the loop's seam: each segment is written anew with its own decoding time. What a moment
has is computed from the clock alone, so that nothing runs in the background, and any request finds the right state.
Over HTTP: `POST /!live {"path": "live", "do": "freeze"}`; also "go", "end", "back=2".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from .messages import TYPES
from .streams import dash
from .streams.fragments import cuts, init, later, segment, split
from .streams.hls import Entry, Variant, master_playlist, media_playlist
from .streams.mp4 import Film, Track

Page = tuple[bytes, str]  # a body, and its type


class Live:
    """`films`: renditions by name, the lowest first, with the same key pictures; one at least has sound.

    `segment`: seconds of a segment, as far as the key pictures allow. `window`: seconds that a playlist reaches back;
    None for all since the start (EXT-X-PLAYLIST-TYPE:EVENT). `start`: when it began or begins, by the clock; without
    one so long ago that the window is full. Before it, everything is 404. `dated`: EXT-X-PROGRAM-DATE-TIME is there.
    """

    def __init__(
        self,
        films: Mapping[str, Film],
        *,
        segment: float = 2.0,
        window: float | None = 20.0,
        start: float | None = None,
        dated: bool = True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._cuts = cuts(next(iter(films.values())), segment)
        self._loop = self._cuts[-1]
        self._window, self._dated, self._clock = window, dated, clock
        self.segment = max(b - a for a, b in pairwise(self._cuts))
        full = (window or 0) + 3 * self.segment
        self.start = clock() - full if start is None else start
        # Sound and picture in one where every film has both; DASH wants them apart in any case.
        self._together = all(film.sounds for film in films.values())
        heard = next(film for film in films.values() if film.sounds)
        self._tracks: dict[str, tuple[Film, Sequence[Track]]] = {
            name: (film, film.tracks) for name, film in films.items()
        }
        self._apart = {f"{name}-picture": (film, [film.video]) for name, film in films.items()}
        self._apart["sound"] = (heard, [heard.audio])
        self._tracks.update(self._apart)
        self._films = films
        self._cut = dash.prepare(dict(films), segment)
        self._stands: float | None = None  # seconds after the start at which everything stands still
        self._behind = 0
        self._over = False

    # -- switches

    def go(self) -> None:
        """As if nothing had been."""
        self._stands, self._behind, self._over = None, 0, False

    def freeze(self) -> None:
        """Playlists stay as they are, and are served on."""
        self._stands = self._clock() - self.start

    def back(self, segments: int = 1) -> None:
        """Playlists are so many segments older than they were, and go on from there: a cache behind the times."""
        self._behind = segments

    def end(self) -> None:
        """No more segments, and the playlists say so."""
        if self._stands is None:
            self.freeze()
        self._over = True

    def command(self, text: str) -> None:
        """A switch by name, as in "back=2"; `ValueError` for any other."""
        name, _, argument = text.partition("=")
        if name == "back":
            self.back(int(argument or 1))
        elif name in ("go", "freeze", "end") and not argument:
            getattr(self, name)()
        else:
            raise ValueError(text)

    # -- what there is

    def __call__(self, path: str) -> Page | None:
        """What a path below the mount has at this moment; None where there is nothing."""
        if self._clock() < self.start:
            return None
        folder, _, name = path.rpartition("/")
        body: str | bytes | None = None
        if path == "master.m3u8":
            body = self._master()
        elif path == "manifest.mpd":
            body = self._manifest()
        elif folder in self._tracks and name == "index.m3u8":
            body = self._playlist()
        elif folder in self._tracks and name == "init.mp4":
            body = init(self._tracks[folder][1])
        elif folder in self._tracks and name.removesuffix(".m4s").isdecimal():
            body = self._segment(folder, int(name.removesuffix(".m4s")))
        if body is None:
            return None
        return body.encode() if isinstance(body, str) else body, TYPES["." + name.rpartition(".")[2]]

    @property
    def newest(self) -> int:
        """The number of the newest segment that playlists name; -1 before the first."""
        return self._count(self._now()) - 1 - self._behind

    def _now(self) -> float:
        return self._clock() - self.start if self._stands is None else self._stands

    def _count(self, seconds: float) -> int:
        """How many segments are whole after so many seconds."""
        loops, rest = divmod(max(0.0, seconds), self._loop)
        return int(loops) * (len(self._cuts) - 1) + sum(1 for cut in self._cuts[1:] if cut <= rest)

    def _span(self, number: int) -> tuple[float, float]:
        """When a segment starts and ends, seconds after the stream's start."""
        loops, index = divmod(number, len(self._cuts) - 1)
        return loops * self._loop + self._cuts[index], loops * self._loop + self._cuts[index + 1]

    def _listed(self) -> range:
        """The numbers of the segments that playlists name at this moment."""
        last = self.newest
        first = 0 if self._window is None else max(0, self._count(self._span(max(0, last))[1] - self._window))
        return range(min(first, max(0, last)), last + 1)

    def _segment(self, name: str, number: int) -> bytes | None:
        if self._span(number)[1] > self._now() or number < self._listed().start - 5:
            return None
        film, tracks = self._tracks[name]
        loops, index = divmod(number, len(self._cuts) - 1)
        pieces = [later(split(track, self._cuts)[index], loops * self._loop) for track in tracks]
        return segment(film, pieces, number + 1)

    # -- how it is told

    def _playlist(self) -> str:
        entries = []
        for number in self._listed():
            begin, end = self._span(number)
            date = f"#EXT-X-PROGRAM-DATE-TIME:{_iso(self.start + begin)}"
            entries.append(Entry(f"{number}.m4s", end - begin, None, (date,) if self._dated else ()))
        tags = [f"#EXT-X-MEDIA-SEQUENCE:{self._listed().start}", '#EXT-X-MAP:URI="init.mp4"']
        if self._window is None:
            tags.append("#EXT-X-PLAYLIST-TYPE:EVENT")
        return media_playlist(entries, tags=tags, end=self._over, target=self.segment)

    def _master(self) -> str:
        bits = {name: dash.peak(cut) for name, cut in self._cut.items()}
        media = (
            'TYPE=AUDIO,GROUP-ID="sound",LANGUAGE="en",NAME="English",DEFAULT=YES,AUTOSELECT=YES,URI="sound/index.m3u8"'
        )
        extra, suffix = ((), "") if self._together else (('AUDIO="sound"',), "-picture")
        heard = self._apart["sound"][1]
        variants = [
            Variant(f"{name}{suffix}/index.m3u8", bits[name] + bits["sound"], [film.video, *heard], extra)
            for name, film in self._films.items()
        ]
        return master_playlist(variants, media=[] if self._together else [f"#EXT-X-MEDIA:{media}"])

    def _manifest(self) -> str:
        made, sets = {}, {}
        for (name, (_, tracks)), cut in zip(self._apart.items(), self._cut.values(), strict=True):
            made[name], rows = cut, []
            for number in self._listed():
                loops, index = divmod(number, len(self._cuts) - 1)
                piece = later(cut[2][index][0], loops * self._loop)
                rows.append(f'<S t="{piece.time}" d="{piece.duration}"/>')
            sets[name] = (
                f'<SegmentTemplate timescale="{tracks[0].timescale}" startNumber="{self._listed().start}" '
                'initialization="$RepresentationID$/init.mp4" media="$RepresentationID$/$Number$.m4s">'
                f"<SegmentTimeline>{''.join(rows)}</SegmentTimeline></SegmentTemplate>"
            )
        attributes = (
            f'type="dynamic" availabilityStartTime="{_iso(self.start)}" publishTime="{_iso(self._clock())}" '
            f'minimumUpdatePeriod="PT{self.segment:.3f}S" minBufferTime="PT{self.segment:.3f}S" '
            f'suggestedPresentationDelay="PT{3 * self.segment:.3f}S"'
        )
        if self._window is not None:
            attributes += f' timeShiftBufferDepth="PT{self._window:.3f}S"'
        if self._over:
            attributes = dash.STATIC.format(self._span(max(0, self.newest))[1])
        timing = f'<UTCTiming schemeIdUri="urn:mpeg:dash:utc:direct:2014" value="{_iso(self._clock())}"/>'
        return dash.manifest(made, sets, attributes=attributes, after="" if self._over else timing)


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
