"""What the origin answers, whole or broken: the body, the headers, the status line."""

from __future__ import annotations

import email.utils
import gzip
import zlib
from http import HTTPStatus
from pathlib import Path

from .faults import Plan
from .messages import CORS, PREFLIGHT, Answer, Request, ranged, text, unchanged


def respond(request: Request, body: Path | bytes | None, kind: str, made: Plan) -> Answer:
    """The answer for a file or a body (None: there is neither) of a type, as the plan breaks it."""
    if request.method == "OPTIONS":
        return Answer(204, dict(PREFLIGHT) if made.cors else {})
    if request.method not in ("GET", "HEAD") or (request.method == "HEAD" and not made.head):
        return text(405, "GET, HEAD and OPTIONS only\n", {"Allow": "GET, HEAD, OPTIONS"})
    if made.location is not None:
        return text(302, "", {"Location": made.location, "Cache-Control": "no-store"})
    if made.status is not None:
        headers = {"Retry-After": "30"} if made.status in (429, 503) else {}
        return text(made.status, f"{made.status}\n", headers | {"Cache-Control": "no-store"})
    if made.body is not None:
        body = made.body
    if body is None:
        return text(404, "no such file\n", {"Cache-Control": "no-store"})
    if isinstance(body, Path):
        size, modified, mark = body.stat().st_size, body.stat().st_mtime, made.name or ""
    else:
        size, modified, mark = len(body), 0.0, made.name or str(zlib.crc32(body))
    if made.truncate is not None:
        size = min(size, made.truncate)
    headers = {"Cache-Control": "no-store"} if made.name else {"Cache-Control": "no-cache"}
    if made.type != "":
        headers["Content-Type"] = made.type or kind
    if made.gzip:
        body = gzip.compress((body if isinstance(body, bytes) else body.read_bytes())[:size], mtime=0)
        size, headers["Content-Encoding"] = len(body), "gzip"
    headers["ETag"] = f'"{int(modified * 1000):x}-{size:x}-{zlib.crc32(mark.encode()):x}"'
    headers["Last-Modified"] = email.utils.formatdate(modified, usegmt=True)
    if unchanged(request, headers):
        return Answer(304, headers)
    if made.ranges != "no":
        headers["Accept-Ranges"] = "bytes"
    return ranged(request, headers, body, size, manner=made.ranges, total=made.total)


def head(answer: Answer, made: Plan, *, close: bool) -> bytes:
    """Status line and headers, with the empty line that ends them (RFC 9112, section 2.1)."""
    headers = {"Server": "steady-origin", "Date": email.utils.formatdate(usegmt=True), **answer.headers}
    headers.update(CORS if made.cors else {})
    if answer.status not in (204, 304):
        if made.framing == "chunked":
            headers["Transfer-Encoding"] = "chunked"
        elif made.framing == "length":
            headers["Content-Length"] = str(answer.size)
    headers["Connection"] = "close" if close else "keep-alive"
    phrase = HTTPStatus(answer.status).phrase if answer.status in HTTPStatus._value2member_map_ else "Status"
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {answer.status} {phrase}\r\n{lines}\r\n".encode("latin-1", "replace")
