"""Sound streams as files, to be served whole or with something amiss."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from demo.streams import make
from tests.faults.case import Reply, Serve

TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl", ".ts": "video/mp2t", ".m4s": "video/iso.segment", ".mp4": "video/mp4",
    ".mpd": "application/dash+xml", ".vtt": "text/vtt", ".aac": "audio/aac", ".mp3": "audio/mpeg",
}  # fmt: skip
Changes = Mapping[str, Reply | bytes | str | None]


@cache
def _all() -> Mapping[str, Mapping[str, bytes]]:
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))
        return {
            top.name: {path.relative_to(top).as_posix(): path.read_bytes() for path in top.rglob("*") if path.is_file()}
            for top in Path(folder).iterdir()
            if top.is_dir()
        }


def stream(name: str) -> Mapping[str, bytes]:
    """The files of one of `demo.streams.STREAMS` by path, twelve seconds in segments of two."""
    return _all()[name]


def reply(path: str, body: bytes | str, **fields: object) -> Reply:
    data = body.encode() if isinstance(body, str) else body
    return Reply(data, TYPES.get(Path(path).suffix, "application/octet-stream"), **fields)  # type: ignore[arg-type]


def served(name: str, changes: Changes | None = None) -> Serve:
    """All files of a stream, but for the changes: another body or answer, or None for a file that is not there."""
    files: dict[str, Reply] = {path: reply(path, body) for path, body in stream(name).items()}
    for path, change in (changes or {}).items():
        if change is None:
            files.pop(path, None)
        else:
            files[path] = change if isinstance(change, Reply) else reply(path, change)
    return files
