"""What the HLS cases are made of: playlists around the segments of a sound stream."""

from __future__ import annotations

from tests.faults.case import Case, D, Reply, Serve, U, healthy
from tests.faults.stream_media import Changes, served, stream

INDEX = "index.m3u8"
MASTER = "master.m3u8"
TYPE = "application/vnd.apple.mpegurl"
HTML = Reply(b"<!doctype html><title>Not here</title><h1>Not here</h1>", "text/html")


def playlist(body: str, *, head: str = "", target: int = 2, end: bool = True) -> str:
    tail = "#EXT-X-ENDLIST\n" if end else ""
    return f"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{target}\n{head}{body}{tail}"


def segments(*names: str, seconds: float = 2) -> str:
    return "".join(f"#EXTINF:{seconds},\n{name}\n" for name in names)


FILM = segments(*(f"{n}.ts" for n in range(6)))


def ts(index: str | Reply | None = None, changes: Changes | None = None) -> Serve:
    """Transport stream segments 0.ts to 5.ts, with a playlist of one's own."""
    return served("hls-ts", {**({} if index is None else {INDEX: index}), **(changes or {})})


def changed(name: str, path: str, old: str, new: str) -> str:
    text = stream(name)[path].decode()
    assert old in text, text
    return text.replace(old, new)


def dead(name: str, reasons: set[str], serve: Serve, path: str = INDEX) -> Case:
    return Case(f"hls-{name}", U, reasons, serve, path)


def lame(name: str, reasons: set[str], serve: Serve, path: str = INDEX) -> Case:
    return Case(f"hls-{name}", D, reasons, serve, path)


def fine(name: str, serve: Serve, path: str = INDEX) -> Case:
    return healthy(f"hls-{name}", serve, path)
