"""What one GET brought, or why it brought nothing; the same whichever transport carried it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

USER_AGENT = "SteadyPlayer/0.1 (availability probe)"
ORIGIN = "https://www.example.org"  # of the page that a source is asked for
REDIRECTS = (301, 302, 303, 307, 308)
LINE = 65_536  # longest header line that is still read; browsers are as patient
KEPT = frozenset(
    {
        "accept-ranges", "access-control-allow-origin", "age", "cache-control", "content-encoding", "content-length",
        "content-disposition", "content-language", "content-range", "content-type", "cross-origin-resource-policy",
        "date", "etag", "ice-audio-info",
        "icy-br", "icy-metaint", "icy-name", "last-modified", "location", "retry-after", "server", "transfer-encoding",
        "vary", "via", "www-authenticate", "x-cache",
    }
)  # fmt: skip
_CONTENT_RANGE = re.compile(r"bytes\s+([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)", re.IGNORECASE)


class Failure(Exception):
    """No answer. `code`: of `reasons.py`. `detail`: what happened, for an engineer. `asked`: whether a request
    went out."""

    def __init__(self, code: str, detail: str, *, asked: bool = True) -> None:
        super().__init__(code, detail)
        self.code, self.detail, self.asked = code, detail, asked


@dataclass(slots=True)
class Tally:
    """What one probe has cost: HTTP requests, and bytes of bodies."""

    requests: int = 0
    bytes: int = 0


@dataclass(slots=True)  # not frozen: that would cost as much as reading the headers
class Fetched:
    """An answer; its reader changes nothing.

    `headers`: those of `KEPT` by lower-case names; the last of a name counts. `location`: the first one. `ended`
    says why the body is no longer: "complete"; "capped", all that was wanted; "broken", it was to be longer;
    "stalled", silence until the deadline; "slow", the deadline came while it was still arriving. `received`:
    bytes, more than `body` has where more came than was wanted. `range`: first, last and total of the file, as the
    body is by Content-Range (RFC 9110, section 14.4).
    """

    url: str
    redirects: int
    status: int
    status_line: str
    headers: Mapping[str, str]
    body: bytes
    ended: str
    detail: str | None = None
    address: str | None = None
    location: str | None = None
    received: int = 0

    @property
    def range(self) -> tuple[int, int, int | None] | None:
        return content_range(self.headers.get("content-range", "")) if self.status == 206 else None

    @property
    def length(self) -> int | None:
        value = self.headers.get("content-length", "")
        return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None


@dataclass(slots=True)
class Asked:
    """One request. `length` bytes from `first` on, the whole where it is None; at most `cap` bytes are read.
    `deadline` by the wheel's clock."""

    first: int
    length: int | None
    cap: int
    deadline: float

    @property
    def range(self) -> str | None:
        return None if self.length is None else f"bytes={self.first}-{self.first + self.length - 1}"


@lru_cache(maxsize=1024)
def content_range(value: str) -> tuple[int, int, int | None] | None:
    """First, last and total of a Content-Range; None where it is none, or an unsatisfied one."""
    found = _CONTENT_RANGE.fullmatch(value.strip())
    return (int(found[1]), int(found[2]), None if found[3] == "*" else int(found[3])) if found else None


def silence(began: float, latest: float, now: float, deadline: float, *, received: bool) -> str:
    """How a body ended whose deadline came: "slow" where it was still arriving, "stalled" where it was not."""
    return "slow" if received and now - latest < max(0.25 * (deadline - began), 0.05) else "stalled"
