"""HTTP/1.1 as far as the fault origin needs it: requests read, answers described (RFC 9110, RFC 9112)."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Length, Content-Range, Date, ETag, Retry-After",
    "Timing-Allow-Origin": "*",
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Range, Content-Type, If-Range, If-None-Match, If-Modified-Since",
    "Access-Control-Max-Age": "600",
}
TYPES = {
    ".mp4": "video/mp4", ".m4v": "video/mp4", ".m4s": "video/iso.segment", ".m4a": "audio/mp4",
    ".webm": "video/webm", ".weba": "audio/webm", ".mkv": "video/matroska", ".mov": "video/quicktime",
    ".mp3": "audio/mpeg", ".aac": "audio/aac", ".ogg": "audio/ogg", ".oga": "audio/ogg", ".opus": "audio/ogg",
    ".ogv": "video/ogg", ".wav": "audio/wav", ".flac": "audio/flac", ".ts": "video/mp2t",
    ".m3u8": "application/vnd.apple.mpegurl", ".mpd": "application/dash+xml", ".vtt": "text/vtt; charset=utf-8",
    ".json": "application/json", ".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp",
    ".svg": "image/svg+xml", ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}  # fmt: skip
MAX_BODY = 65_536


@dataclass(slots=True)
class Request:
    """`target` is as sent, percent-encoded; header names are lower-case. `close`: the client's wish."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    close: bool


@dataclass(slots=True)
class Answer:
    """`body`: the bytes from `offset` on, or the file to take them from. `size`: of the body, in bytes."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | Path = b""
    offset: int = 0
    size: int = 0


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """The next request, or None where the client has ended; `ValueError` for what is no HTTP."""
    try:
        first = await reader.readexactly(1)
        if not first.isalpha():
            raise ValueError("no request line")  # TLS, most likely
        head = first + await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    start, *lines = head.decode("latin-1").split("\r\n")
    method, target, version = start.split(" ")
    headers = {}
    for line in filter(None, lines):
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError("a header without a colon")
        headers[name.strip().lower()] = value.strip()
    length = int(headers.get("content-length", "0"))
    if not 0 <= length <= MAX_BODY:
        raise ValueError("a body of more than 64 KiB")
    body = await reader.readexactly(length)
    connection = headers.get("connection", "").lower()
    close = "close" in connection or (version == "HTTP/1.0" and "keep-alive" not in connection)
    return Request(method, target, headers, body, close)


def text(status: int, body: str, headers: dict[str, str] | None = None) -> Answer:
    data = body.encode()
    return Answer(status, {"Content-Type": "text/plain; charset=utf-8", **(headers or {})}, data, size=len(data))


def as_json(status: int, value: Any) -> Answer:
    data = json.dumps(value).encode()
    return Answer(status, {"Content-Type": "application/json", "Cache-Control": "no-store"}, data, size=len(data))


def unchanged(request: Request, headers: dict[str, str]) -> bool:
    """Whether the client's copy is current (RFC 9110, section 13.2.2)."""
    known = request.headers.get("if-none-match")
    if known is not None:
        return known.strip() == "*" or headers["ETag"] in (tag.strip().removeprefix("W/") for tag in known.split(","))
    since = request.headers.get("if-modified-since")
    if since is None:
        return False
    try:
        return parsedate_to_datetime(headers["Last-Modified"]) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False


def asked_range(value: str, size: int) -> tuple[int, int] | None:
    """The first and the last byte that a Range asks for, the last perhaps past the end; None where the
    header is to be ignored (another unit, several ranges, nonsense; RFC 9110, section 14.2).
    `IndexError` where nothing of the file lies in it."""
    unit, equals, spec = value.partition("=")
    first, dash, last = spec.strip().partition("-")
    if unit.strip().lower() != "bytes" or not equals or not dash or not (first + last).isascii():
        return None
    if not first.isdigit():
        if first or not last.isdigit():
            return None
        if int(last) == 0 or size == 0:
            raise IndexError
        return max(0, size - int(last)), size - 1
    if last and (not last.isdigit() or int(last) < int(first)):
        return None
    if int(first) >= size:
        raise IndexError
    return int(first), int(last) if last else size - 1


def ranged(
    request: Request, headers: dict[str, str], body: bytes | Path, size: int, *, manner: str, total: int | None
) -> Answer:
    """The file or the part of it that was asked for. `manner` and `total` as in `faults.Plan`."""

    def part(first: int, last: int) -> bytes | Path:
        return body[first : last + 1] if isinstance(body, bytes) else body

    value = request.headers.get("range")
    fresh = request.headers.get("if-range") in (None, headers["ETag"], headers["Last-Modified"])
    try:
        asked = asked_range(value, size) if value and fresh and manner != "no" else None
        if asked and manner == "strict" and asked[1] >= size:
            raise IndexError
    except IndexError:
        return text(416, "no such range\n", {**headers, "Content-Range": f"bytes */{size}"})
    if asked is None:
        return Answer(200, headers, body, size=size)
    first, last = asked[0], min(asked[1], size - 1)
    if manner == "shifted" and size > 1:
        first, last = (first + 1, last) if last > first else (first - 1, last - 1)
    headers = {**headers, "Content-Range": f"bytes {first}-{last}/{size if total is None else total}"}
    return Answer(206, headers, part(first, last), first, last - first + 1)
