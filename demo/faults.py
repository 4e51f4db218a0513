"""The ways in which the fault origin breaks a file: a fault's name and argument become a `Plan`.

A fault is written `name` or `name=argument`, several are joined by commas: `slow=20000,no-cors`. In an
address they stand before the path, the argument percent-encoded: `/~slow=20000,no-cors/clip.mp3`. A
status code is a fault of its own: `/~404/clip.mp3`. Numbers of bytes are positions in the file, not in
one answer, so that asking again for the rest does not get past the fault.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, unquote

HTML = (
    b"<!doctype html>\n<html lang=en><head><meta charset=utf-8><title>Sign in</title></head>\n"
    b"<body><h1>Sign in to go on</h1><p>This is a page, and not the media that was asked for.</p></body></html>\n"
)


def _png() -> bytes:
    """A grey picture, 16 by 9 (PNG, second edition: signature, IHDR, IDAT, IEND)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\x80" * 16 for _ in range(9))
    header = struct.pack(">IIBBBBB", 16, 9, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


PNG = _png()


@dataclass(frozen=True, slots=True)
class Plan:
    """How a request is answered. The default is a sound origin.

    `status` replaces the answer altogether. `body` and `type` replace the file's ("" is no type at all).
    `location` is answered with 302. `ranges`: "yes", "no" (ignored), "strict" (416 when the end lies
    past the file's, against RFC 9110 section 14.1.2) or "shifted" (another range than was asked for).
    `truncate` shortens the file, `total` is the size that Content-Range claims. `framing`: "length",
    "chunked" or "close" (no length; the end of the connection is the end of the body). `stall`, `cut`:
    the byte from which nothing comes any more; a cut closes, with `reset` by RST. `rate` in bytes a
    second, `delay` in seconds before the answer. `raw` goes out instead of an answer.
    """

    name: str | None = None
    status: int | None = None
    body: bytes | None = None
    type: str | None = None
    location: str | None = None
    ranges: str = "yes"
    truncate: int | None = None
    total: int | None = None
    framing: str = "length"
    gzip: bool = False
    tarpit: bool = False
    stall: int | None = None
    cut: int | None = None
    reset: bool = False
    rate: int | None = None
    delay: float = 0.0
    raw: bytes | None = None
    cors: bool = True
    head: bool = True

    def only_slows(self) -> bool:
        """Whether an answer under way can go on under this plan, if not as fast or not as far."""
        return self == Plan(name=self.name, stall=self.stall, cut=self.cut, reset=self.reset, rate=self.rate)


class UnknownFault(ValueError):
    """No fault has this name, or its argument is no number. Its text is the fault as written."""


def _number(argument: str, default: int) -> int:
    return int(argument) if argument else default


def _redirect(argument: str, path: str) -> str:
    left = _number(argument, 1) - 1
    return f"/~redirect={left}/{quote(path)}" if left > 0 else f"/{quote(path)}?signature=5f3a"


# name -> (argument, path) -> the plan's fields
FAULTS: Mapping[str, Callable[[str, str], dict[str, Any]]] = {
    # it is something else
    "html": lambda _a, _p: {"body": HTML, "type": "text/html; charset=utf-8"},
    "soft-404": lambda _a, _p: {"body": HTML},
    "empty": lambda _a, _p: {"body": b""},
    "wrong-type": lambda _a, _p: {"body": PNG, "type": "image/png"},
    "masked": lambda _a, _p: {"body": PNG},
    "mislabelled": lambda a, _p: {"type": a or "text/plain; charset=utf-8"},
    "untyped": lambda _a, _p: {"type": ""},
    "octet-stream": lambda _a, _p: {"type": "application/octet-stream"},
    # it is somewhere else
    "redirect": lambda a, p: {"location": _redirect(a, p)},
    "redirect-loop": lambda _a, p: {"location": f"/~redirect-loop/{quote(p)}"},
    "redirect-to": lambda a, _p: {"location": a},
    "login": lambda _a, p: {"location": f"/~html/login?next={quote(p)}"},
    # it is not all there
    "truncated": lambda a, _p: {"truncate": _number(a, 4096)},
    "total": lambda a, _p: {"total": _number(a, 10_000_000)},
    "cut": lambda a, _p: {"cut": _number(a, 65_536)},
    "reset": lambda a, _p: {"cut": _number(a, 0), "reset": True},
    "hangup": lambda _a, _p: {"raw": b""},
    # it takes its time
    "tarpit": lambda _a, _p: {"tarpit": True},
    "stall": lambda a, _p: {"stall": _number(a, 65_536)},
    "slow": lambda a, _p: {"rate": _number(a, 20_000)},
    "delay": lambda a, _p: {"delay": float(a or 2)},
    # it has manners of its own
    "no-range": lambda _a, _p: {"ranges": "no"},
    "strict-range": lambda _a, _p: {"ranges": "strict"},
    "wrong-range": lambda _a, _p: {"ranges": "shifted"},
    "chunked": lambda _a, _p: {"framing": "chunked"},
    "no-length": lambda _a, _p: {"framing": "close", "ranges": "no"},
    "gzip": lambda _a, _p: {"gzip": True, "ranges": "no"},
    "no-cors": lambda _a, _p: {"cors": False},
    "no-head": lambda _a, _p: {"head": False},
    "garbage": lambda _a, _p: {"raw": b"220 mail.example.org ESMTP ready\r\n"},
    "huge-headers": lambda _a, _p: {"raw": b"HTTP/1.1 200 OK\r\nX-Padding: " + b"x" * 1_000_000 + b"\r\n\r\n"},
}


def plan(fault: str, path: str) -> Plan:
    """The plan of a fault as written, for the file at `path`; `UnknownFault` where it is none."""
    made = Plan(name=fault)
    for part in fault.split(","):
        name, _, argument = part.partition("=")
        argument = unquote(argument)
        try:
            if len(name) == 3 and name.isascii() and name.isdigit() and "200" <= name <= "599" and not argument:
                fields: dict[str, Any] = {"status": int(name)}
            else:
                fields = FAULTS[name](argument, path)
        except (KeyError, ValueError) as error:
            raise UnknownFault(part) from error
        made = replace(made, **fields)
    return made
