"""What is fuzzed, by name: each takes any bytes, and returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from player.probe import containers, dash, hls, timed_text
from player.probe.heads import mended
from player.probe.hls_media import Playlist
from player.probe.look import Look, Pieces
from player.probe.observation import Observation
from player.probe.samples import of_ts
from player.probe.signature import expiry
from player.probe.sniff import sniff
from player.probe.target import Role, Target
from player.probe.tracks import codecs
from player.probe.verdict import judge

NOW = datetime(2026, 11, 23, tzinfo=UTC)
HEAD = 16_384
_MOST = 8  # times that a reader may ask for more, over and over the same


def read(data: bytes, *, audio: bool = False) -> Look:
    """As the prober reads a file: its head, and then what the reader asks for."""
    pieces = Pieces(size=len(data))
    pieces.add(0, data[:HEAD])
    look = containers.look(pieces, duration=60.0, audio=audio)
    for _ in range(_MOST):
        if look.need is None:
            break
        at, length = look.need
        assert at >= 0
        assert 0 < length <= 1 << 17
        pieces.add(at, data[at : at + length])
        look = containers.look(pieces, duration=60.0, audio=audio)
    seen = Observation(
        "https://example.org/a", NOW, status=206, status_line="HTTP/1.1 206", received=len(data), ended="complete",
        ranged=True, size=len(data), look=look, head=data[:16].hex(),
    )  # fmt: skip
    for role in Role:
        judge(Target("https://example.org/a", role=role), seen, interval=60)
        judge(Target("https://example.org/a", role=role), replace(seen, size=None), interval=60)
    return look


def _film(data: bytes) -> None:
    read(data)
    codecs(data)


def _hls(data: bytes) -> None:
    found = hls.parse(data, url="https://example.org/a.m3u8?a=b", variables={"v": "w"})
    if isinstance(found, Playlist):
        assert found.seconds >= 0
        str(found.newest)
        for index in found.present()[:100]:
            found.segment(index)
    elif isinstance(found, hls.Master):
        found.lost_groups()


def _dash(data: bytes) -> None:
    found = dash.parse(data, url="https://example.org/a.mpd", now=NOW)
    if isinstance(found, dash.Manifest):
        found.newest()
        assert found.current(NOW) in found.periods
        for track in (track for period in found.periods for track in period.tracks[:20]):
            if track.segments is not None and (ended := track.segments.before(3600.0)):
                track.segments.at(0)
                track.segments.at(ended - 1)


def _timed(data: bytes) -> None:
    timed_text.read(data)


TARGETS: Mapping[str, Callable[[bytes], object]] = {
    "mp4": _film,
    "mp3": lambda data: read(data, audio=True),
    "sniff": lambda data: sniff(data),
    "heads": mended,
    "signature": lambda data: expiry(data.decode("utf-8", "replace")),
    "hls": _hls,
    "ts": lambda data: of_ts(data),
    "dash": _dash,
    "captions": _timed,
}
