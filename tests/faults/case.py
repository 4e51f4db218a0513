"""One source with something wrong or odd about it: what is served, and what the prober must make of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from player.probe.reasons import State

A, D, U, K = State.AVAILABLE, State.DEGRADED, State.UNAVAILABLE, State.UNKNOWN


@dataclass(frozen=True, slots=True)
class Request:
    """`path` within the case, without its query; `count`: how often it was asked for before, 0 at first; `base`: the
    case's own address, with a slash at its end, `plain` and `secure` the same over http, and over https with a
    certificate in order; `headers` by lower-case names."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    count: int
    base: str
    plain: str = ""
    secure: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. The default is that of a sound server: ranges, a length, an ETag, CORS for everyone.

    `headers` replace those that are sent by themselves; None takes one away. `ranges`: "yes"; "no", ignored;
    "strict", 416 for one that reaches past the end; "shifted", another one than was asked for; "star", with an
    unknown total; "whole", 206 with everything; "multipart", as multipart/byteranges; "lie", the right
    Content-Range over the file's beginning. `framing`: "length", "chunked", or "close". `total`: the size that
    is claimed. `cut`: closes before that byte of the body, `stall`: goes silent there. `rate` in bytes a second.
    `line` replaces the status line. `raw` goes out instead of everything.
    """

    body: bytes = b""
    type: str | None = None
    status: int = 200
    headers: Mapping[str, str | None] = field(default_factory=dict)
    ranges: str = "yes"
    framing: str = "length"
    total: int | None = None
    cut: int | None = None
    stall: int | None = None
    rate: int | None = None
    delay: float = 0.0
    line: str | None = None
    raw: bytes | None = None


Serve = Mapping[str, Reply | Callable[[Request], Reply]]


@dataclass(frozen=True, slots=True)
class Case:
    """`name` in words joined by hyphens, of its own. `reasons`: one of them must be the verdict's. `serve`: answers
    by path within the case; what is not there is a 404. `path`: what is probed, query and all; an absolute address
    is probed as it is. `target`: what the catalogue says (fields of `Target`). `silent`: the prober has to wait for
    its time-out. `timed`: how long it takes is the fault, so it is probed when little else is. `also`: reasons that
    must be among the findings too. `tls`: over https, with the certificate of that name (see certificates.py), or
    "plain" where the port does not speak TLS at all."""

    name: str
    state: State
    reasons: frozenset[str] | set[str]
    serve: Serve
    path: str = "clip.mp4"
    target: Mapping[str, Any] = field(default_factory=dict)
    silent: bool = False
    timed: bool = False
    also: frozenset[str] | set[str] = frozenset()
    host: str = "127.0.0.1"
    tls: str = ""


def healthy(name: str, serve: Serve, path: str = "clip.mp4", **more: Any) -> Case:
    return Case(name, A, {"playable"}, serve, path, **more)


class Media:
    """The sound samples by name, as bytes: `media["plain.mp3"]`; see tests/samples.py."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, bytes] = {}

    def __getitem__(self, name: str) -> bytes:
        if name not in self._read:
            self._read[name] = (self._folder / name).read_bytes()
        return self._read[name]
