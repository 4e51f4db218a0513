"""Heads of answers whose every line is plain, read without a parser: nearly all of them.

Servers say the same lines again and again, so a line that was read once is known. A line that is not plain, or that
bears on how long the answer is other than by Content-Length, leaves the whole answer to the parser.
"""

from __future__ import annotations

import re

from player.probe.fetched import KEPT

LONGEST = 16_384  # bytes of a head
_KNOWN = 8_192  # lines that are remembered
_LINE = 256  # bytes of a line that is remembered
_VALUE = 1000  # characters that are kept
_STATUS = re.compile(rb"HTTP/1\.1 (20[0-36]|[45][0-9][0-9]) [\x21-\x7e]+(?: [\x21-\x7e]+)*")  # these have a body
_FIELD = re.compile(rb"([\w!#$%&'*+.^`|~-]{1,100}): ?([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)")
_FRAMING = frozenset({"transfer-encoding", "connection", "proxy-connection", "upgrade"})
_HARMLESS = b"connection: keep-alive"  # of those

Status = tuple[int, str]  # the code, and the line as text
Field = tuple[str, str] | tuple[()]  # name and value, nothing where nobody wants to know
_statuses: dict[bytes, Status] = {}
_fields: dict[bytes, Field] = {}


def read(head: bytes) -> tuple[Status, dict[str, str], int] | None:
    """Status, the headers of `KEPT` by lower-case names (the last of a name counts), and the Content-Length; None
    where the head is to be read by the parser. `head`: without the empty line at its end."""
    first, *lines = head.split(b"\r\n")
    status = _statuses.get(first) or _status(first)
    if status is None:
        return None
    fields = [*map(_fields.get, lines)]
    if None in fields:
        fields = [_fields.get(line) or _field(line) for line in lines]
        if None in fields:
            return None
    kept: list[tuple[str, str]] = [field for field in fields if field]
    headers = dict(kept)
    length = headers.get("content-length")
    if length is None or (len(headers) < len(kept) and [name for name, _ in kept].count("content-length") > 1):
        return None
    return status, headers, int(length)


def _status(line: bytes) -> Status | None:
    found = _STATUS.fullmatch(line)
    if found is None:
        return None
    if len(_statuses) >= _KNOWN:
        _statuses.clear()
    status = _statuses[line] = int(found[1]), line.decode("ascii")
    return status


def _field(line: bytes) -> Field | None:
    found = _FIELD.fullmatch(line)
    if found is None:
        return None
    name = found[1].decode("ascii").lower()
    if name in _FRAMING and line.lower() != _HARMLESS:
        return None
    if name == "content-length" and not (found[2].isdigit() and len(found[2]) <= 18):
        return None
    field: Field = (name, found[2].decode("ascii")[:_VALUE]) if name in KEPT else ()
    if len(line) <= _LINE:
        if len(_fields) >= _KNOWN:
            _fields.clear()
        _fields[line] = field
    return field
